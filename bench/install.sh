# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: the Debian packages that building needs, and those that only tests need; installs those that are missing.
packages="gcc meson ninja-build pkg-config git ca-certificates libpmem2-dev libhwloc-dev libjansson-dev libxxhash-dev libgsl-dev
  libyaml-dev libcmocka-dev libopenblas-serial-dev gnuplot-nox"
test_packages="jq valgrind clang perl python3 python3-numpy chromium fonts-dejavu-core bsdutils util-linux"
# install_packages [PACKAGE...]: what building needs, or these; an error where apt-get cannot.
install_packages() {
  local missing="" as_root=""
  for p in ${*:-$packages}; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
  done
  [ -z "$missing" ] && return 0
  [ "$(id -u)" = 0 ] || as_root=sudo
  echo "installing:$missing" >&2
  $as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
