/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what lies in a file or a device is read and mapped by the source's own alignment. Devices are tried in the emulated
 * machine of tests/dax; here are the arithmetic, files, and what is neither.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "pm/source.h"
#include "unit.h"

static void length_of_a_mapping(void **state) {
  (void)state;
  static const uint64_t KiB4 = 4096, MiB2 = 2 << 20, GiB1 = 1 << 30;
  static const struct { uint64_t alignment, bytes, reach; } rows[] = {
      {KiB4, 1, KiB4}, {KiB4, KiB4, KiB4}, {KiB4, KiB4 + 1, 2 * KiB4}, {MiB2, 1, MiB2}, {MiB2, MiB2 - 1, MiB2}, {MiB2, MiB2, MiB2},
      {MiB2, 3 * MiB2 + KiB4, 4 * MiB2}, {GiB1, KiB4, GiB1}, {GiB1, 5 * GiB1, 5 * GiB1}, {GiB1, 5 * GiB1 + 1, 6 * GiB1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(pm_source_reach(&(struct pm_source){.alignment = rows[i].alignment}, rows[i].bytes), rows[i].reach);
}

static int file_of(const char *bytes, size_t count, off_t at, off_t end) {
  char path[] = "/tmp/source_test-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  assert_int_equal(ftruncate(fd, end), 0);
  assert_int_equal(pwrite(fd, bytes, count, at), count);
  return fd;
}

static void a_file(void **state) {
  (void)state;
  int fd = file_of("region", 6, 5000, 9000);
  struct pm_source s;
  char text[16] = "";
  assert_int_equal(pm_source_measure(&s, fd), 0);
  assert_false(s.device);
  assert_int_equal(s.bytes, 9000);
  assert_int_equal(s.alignment, 4096);
  assert_int_equal(pm_source_read(&s, 5000, text, 6), 6);
  assert_string_equal(text, "region");
  assert_int_equal(pm_source_read(&s, 8990, text, 16), 10);
  assert_int_equal(pm_source_read(&s, 9000, text, 16), 0);
  const char *view = pm_source_view(&s, s.bytes);
  assert_non_null(view);
  assert_memory_equal(view + 5000, "region", 6);
  assert_int_equal(pwrite(fd, "R", 1, 5000), 1);
  assert_int_equal(view[5000], 'R');                   /* the file itself, not a copy of it */
  pm_source_unview(&s, view, s.bytes);
  close(fd);
}

static void store(void *view) { *(volatile char *)view = 1; }

static void nothing_is_written_through_a_view(void **state) {
  (void)state;
  int fd = file_of("x", 1, 0, 4096);
  struct pm_source s;
  char first = 0;
  assert_int_equal(pm_source_measure(&s, fd), 0);
  void *view = pm_source_view(&s, s.bytes);
  assert_int_equal(unit_signal_of(store, view), SIGSEGV);
  assert_int_equal(pread(fd, &first, 1, 0), 1);
  assert_int_equal(first, 'x');
  pm_source_unview(&s, view, s.bytes);
  close(fd);
}

/* Where others begin what they keep: LVM and GPT, ext4, MD, ZFS, btrfs, and the last byte that is looked at. */
static void blank(void **state) {
  (void)state;
  static const off_t begins[] = {0, 512, 1024 + 56, 4086, 4096, 16384, 65536 + 64, PM_SOURCE_LOOK - 1};
  struct pm_source s;
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
    int fd = file_of("\x53", 1, begins[i], 4 << 20);
    assert_int_equal(pm_source_measure(&s, fd), 0);
    assert_int_equal(pm_source_is_blank(&s, PM_SOURCE_LOOK), 0);
    assert_int_equal(pwrite(fd, "", 1, begins[i]), 1);
    assert_int_equal(pm_source_is_blank(&s, PM_SOURCE_LOOK), 1);
    close(fd);
  }
  int fd = file_of("", 1, 0, 4096);                    /* shorter than what is looked at */
  assert_int_equal(pm_source_measure(&s, fd), 0);
  assert_int_equal(pm_source_is_blank(&s, PM_SOURCE_LOOK), 1);
  close(fd);
}

static void neither(void **state) {
  (void)state;
  struct pm_source s;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(pm_source_measure(&s, ends[0]), -ENODEV);
  static const char *const paths[] = {"/dev/null", "/dev/zero", "/tmp"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    int fd = open(paths[i], O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(pm_source_measure(&s, fd), -ENODEV);
    close(fd);
  }
  assert_int_equal(pm_source_measure(&s, -1), -EBADF);
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(length_of_a_mapping), cmocka_unit_test(a_file),
                                     cmocka_unit_test(nothing_is_written_through_a_view), cmocka_unit_test(blank),
                                     cmocka_unit_test(neither)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
