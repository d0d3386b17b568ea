# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: an emulated machine with persistent memory. QEMU emulates it in software, so that any machine can run it; the kernel
# is Debian's, its package unpacked and not installed; the root file system is an archive in memory, made of what is
# installed here. Commands for it lie in a folder, which it has mounted as /share, and their outcomes come back there.
# Right or wrong can be told in it; its times are the emulator's.
dax_packages="qemu-system-x86 ndctl daxctl xfsprogs busybox-static kmod cpio jq"
modules="crc32c_generic crc32c_intel virtio_pci 9pnet_virtio 9p nfit nd_pmem nd_e820 device_dax dax_pmem ext4 xfs virtio_pmem"
NVDIMM_MIB=322                      # 320 of memory (xfs wants 300) and 2 of labels

skip() { echo "skipped: $*"; exit 77; }

machine_packages() {
  local missing="" as_root=""
  for p in $dax_packages; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
  done
  [ -z "$missing" ] && return
  [ "$(id -u)" = 0 ] || as_root=sudo
  echo "installing:$missing" >&2
  $as_root apt-get update -qq >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    skip "these packages cannot be installed here:$missing"
}

# Downloaded once and kept: the kernel itself and the modules that are loaded.
machine_kernel() {
  local package
  [ -f "$cache/kernel/done" ] && return
  rm -rf "$cache/kernel" "$cache/unpacked"
  mkdir -p "$cache/kernel"
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends:/ { print $2; exit }')
  [ -n "$package" ] || skip 'no package linux-image-amd64 is known here'
  (cd "$cache" && apt-get download -qq "$package" >&2) || skip "the package $package cannot be downloaded here"
  dpkg-deb -x "$cache/$package"_*.deb "$cache/unpacked" || skip "the package $package cannot be unpacked"
  local version names name file
  version=$(ls "$cache/unpacked/lib/modules")
  depmod -b "$cache/unpacked" "$version"
  # -C: ndctl installs a configuration of modprobe's which would hide libnvdimm.
  for name in $modules; do
    modprobe -C /dev/null -d "$cache/unpacked" -S "$version" -D "$name" 2>/dev/null | awk '/^insmod/ { print $2 }'
  done | sort -u | while read -r file; do
    file=${file#"$cache/unpacked/"}
    mkdir -p "$cache/kernel/$(dirname "$file")"
    cp "$cache/unpacked/$file" "$cache/kernel/$file"
  done
  cp "$cache/unpacked/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$cache/kernel/lib/modules/$version/"
  depmod -b "$cache/kernel" "$version"
  cp "$cache/unpacked/boot/vmlinuz-$version" "$cache/kernel/vmlinuz"
  rm -rf "$cache/unpacked" "$cache/$package"_*.deb
  touch "$cache/kernel/done"
}

# The root file system: busybox, the modules, the programs named and the libraries that they are linked with.
machine_root() {
  local root=$work/root program file library
  mkdir -p "$root"/{bin,lib,lib64,etc,proc,sys,dev,run,tmp,share,mnt}
  ln -s . "$root/usr"
  ln -s bin "$root/sbin"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for program in $(busybox --list); do [ -e "$root/bin/$program" ] || ln -s busybox "$root/bin/$program"; done
  cp -r "$cache/kernel/lib/modules" "$root/lib/modules"
  for program in "$pmbench" ndctl mkfs.ext4 mkfs.xfs; do
    file=$(PATH=$PATH:/sbin:/usr/sbin; readlink -f "$(command -v "$program")") || skip "$program is missing"
    cp --remove-destination "$file" "$root/bin/$(basename "$program")"
    for library in $(ldd "$file" | grep -o '/[^ ]*'); do
      mkdir -p "$root$(dirname "${library#/usr}")"
      cp -L "$library" "$root${library#/usr}"
    done
  done
  (cd "$root/lib" && find . -type d | sed 's,^[.],/lib,') >"$root/etc/ld.so.conf"
  /sbin/ldconfig -r "$root"
  cp "$here/init" "$root/init"
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$work/initrd"
  rm -rf "$root"
}

nvdimm() { truncate -s ${NVDIMM_MIB}M "$1"; }
# NAME FILE...: boots with these NVDIMMs, the folder NAME shared; its console goes to NAME.console. $persist: mem-ctrl (lines must
# be written back), cpu (eADR), or empty (the platform does not say); $kernel: more for the kernel's command line; $extra: more
# for the emulator's; $limit_s: a safety net.
machine_boot() {
  local name=$1 devices="" i=0 file
  shift
  for file; do
    devices="$devices -object memory-backend-file,id=m$i,share=on,mem-path=$file,size=$(stat -c %s "$file"),align=2M
      -device nvdimm,id=n$i,memdev=m$i,label-size=2M"
    i=$((i + 1))
  done
  exec timeout -s KILL "${limit_s:-900}" nice -n 19 qemu-system-x86_64 \
    -machine "pc${devices:+,nvdimm=on}${persist:+,nvdimm-persistence=$persist}" -accel tcg,thread=multi -cpu max -smp 2 \
    -pidfile "$work/$name.pid" -m 1536M,slots=8,maxmem=16G -display none -no-reboot -nodefaults -serial "file:$work/$name.console" $devices \
    -fsdev "local,id=f,path=$work/$name,security_model=none" -device virtio-9p-pci,fsdev=f,mount_tag=share $extra \
    -kernel "$cache/kernel/vmlinuz" -initrd "$work/initrd" \
    -append "console=ttyS0 panic=-1 quiet no_timer_check rcupdate.rcu_cpu_stall_suppress=1 tsc=reliable mitigations=off $kernel" </dev/null
}
