/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: headers of .npy files, as NumPy and others write them, are understood, and any that are not what they should be are
 * refused with a line that names the file, whatever byte is missing or wrong; and a file that is written appears whole, or
 * leaves what was there as it was and nothing beside it.
 */
#include "../../workloads/npy.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pmsched.h>

#include "../../workloads/file_whole.h"
#include "unit.h"

static char folder[64], path[128], error[PM_TEXT_MAX + 1];

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/dev/shm/npy_test-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/a.npy", folder);
  return 0;
}
static int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command);
}
static unsigned files_in_folder(void) {
  unsigned n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *entry; (entry = readdir(d));) n += entry->d_name[0] != '.';
  closedir(d);
  return n;
}

static void put(const void *bytes, size_t count) {
  FILE *f = fopen(path, "we");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, count, f), count);
  assert_int_equal(fclose(f), 0);
}

/* A file of `count` numbers 0, 1, 2, ...; returns its bytes. */
static size_t compose(unsigned char *at, unsigned version, const char *header, size_t count) {
  size_t length = strlen(header), start = version == 1 ? 10 : 12;
  memcpy(at, "\x93NUMPY", 6);
  at[6] = (unsigned char)version, at[7] = 0;
  for (size_t i = 8; i < start; i++) at[i] = (unsigned char)(length >> (8 * (i - 8)));
  memcpy(at + start, header, length);
  for (size_t i = 0; i < count; i++) memcpy(at + start + length + 8 * i, &(double){(double)i}, 8);
  return start + length + 8 * count;
}

static void is_refused(const char *what) {
  struct npy shape;
  memset(error, 'x', sizeof error);
  if (!npy_look(path, &shape, error)) fail_msg("%s: taken", what);
  error[PM_TEXT_MAX] = 0;
  if (strncmp(error, path, strlen(path)) || strchr(error, '\n')) fail_msg("%s: says: %s", what, error);
}

static void headers(void **state) {
  (void)state;
  static const struct { const char *header; int64_t rows, columns; bool fortran; } good[] = {
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", 2, 3, false},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }          \n", 3, 2, true},
      {"{'shape': (6, 1), 'fortran_order': False, 'descr': '=f8'}", 6, 1, false},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L)}", 2, 3, false},
      {"{ 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 1 , 6 , ) , }", 1, 6, false},
      {"{\"descr\": \"<f8\", \"fortran_order\": False, \"shape\": (2, 3), }\n", 2, 3, false},
      {"{u'descr': u'<f8', U\"fortran_order\":True,'shape':(2,3,),}", 2, 3, true},
      {"\t{\t'descr':\t'f8',\n 'fortran_order':\r\nFalse,\t'shape':\t(2,\n3)\n}\n\t ", 2, 3, false},
      {"{'descr': 'float64', 'fortran_order': False, 'shape': (6, 1)}", 6, 1, false},
      {"{'descr': '|f8', 'fortran_order': False, 'shape': (6, 1)}", 6, 1, false},
      {"{'descr': '<d', 'fortran_order': False, 'shape': (2, 3)}", 2, 3, false},
      {"{'descr': 'double', 'fortran_order': False, 'shape': (2, 3)}", 2, 3, false}};
  static const char *const bad[] = {
      "", "{}", "{'descr': '<f8', 'fortran_order': False}", "{'descr': '<f8', 'shape': (2, 3)}",
      "{'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<f8', 'fortran_order': 1, 'shape': (2, 3)}",
      "{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': ()}", "{'descr': '<f8', 'fortran_order': False, 'shape': (6,)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3)}", "{'descr': '<f8', 'fortran_order': False, 'shape': 6}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -3)}", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952, 8)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2147483648, 2147483648)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 3)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'shape': (3, 2)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)} and more",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}{}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': [2, 3]}", "{'descr': '<f8', 'fortran_order': False, 'shape': (2 3)}",
      "{'descr': '<f8' 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<f8', 'fortran_order': Falsehood, 'shape': (2, 3)}",
      "{'descr': '<f8\", 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<f8', 'fortran_order': False, 'shape': (0x2, 3)}",
      "{'descr': '<<f8', 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, ,3)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)"};
  unsigned char file[1024];
  for (unsigned version = 1; version <= 3; version++) {
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
      struct npy shape;
      double x[6];
      put(file, compose(file, version, good[i].header, 6));
      assert_int_equal(npy_look(path, &shape, error), 0);
      assert_true(shape.rows == good[i].rows && shape.columns == good[i].columns && shape.fortran == good[i].fortran);
      assert_true(shape.largest == 5);
      assert_int_equal(npy_read(path, shape.rows, shape.columns, x, error), 0);
      for (int64_t r = 0; r < shape.rows; r++)
        for (int64_t c = 0; c < shape.columns; c++)
          assert_true(x[r * shape.columns + c] == (double)(shape.fortran ? c * shape.rows + r : r * shape.columns + c));
      assert_int_equal(npy_read(path, shape.columns + 1, shape.rows, x, error), -1);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
      put(file, compose(file, version, bad[i], 6));
      is_refused(bad[i]);
    }
  }
}

/* Who is refused is told by what. */
static void names_what_is_wrong(void **state) {
  (void)state;
  static const struct { const char *header, *word; } refused[] = {
      {"{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3)}", "big-endian"},
      {"{\"descr\": \"!f8\", 'fortran_order': False, 'shape': (2, 3)}", "big-endian"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", "'<f4'"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}", "'|O'"},
      {"{'descr': 'complex128', 'fortran_order': False, 'shape': (2, 3)}", "'complex128'"},
      {"{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2, 3)}", "several fields"},
      {"{'descr': '<f8', 'fortran_order': 1, 'shape': (2, 3)}", "fortran_order"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': ()}", "two dimensions but of 0"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (6,)}", "two dimensions but of 1"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3,)}", "two dimensions but of 3"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2.0, 3)}", "whole numbers"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'version': 1}", "'version'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'shape': (2, 3)}", "'shape' twice"},
      {"{'descr': '<f8', 'shape': (2, 3)}", "does not say 'fortran_order'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}", "something follows the numbers"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4)}", "numbers are missing"}};
  unsigned char file[1024];
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    put(file, compose(file, 1, refused[i].header, 6));
    is_refused(refused[i].header);
    if (!strstr(error, refused[i].word)) fail_msg("%s: no '%s' in: %s", refused[i].header, refused[i].word, error);
  }
  size_t bytes = compose(file, 2, "{}", 0);
  memset(file + 8, 0xff, 4);
  put(file, bytes);
  is_refused("a header of 4 GiB");
  assert_non_null(strstr(error, "longer than"));
  file[6] = 4;
  put(file, bytes);
  is_refused("version 4");
  assert_non_null(strstr(error, "version 4.0"));
  static const char zero[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}\0\0\n";
  bytes = compose(file, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}\1\1\n", 6);
  memcpy(file + 10, zero, sizeof zero - 1);
  put(file, bytes);
  is_refused("zeros behind the dictionary");
}

/* Every length shorter than the whole; and random bytes in the header, which must be refused or be harmless. */
static void damage(void **state) {
  (void)state;
  unsigned char file[1024], damaged[1024];
  size_t bytes = compose(file, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", 6), header = bytes - 48;
  for (size_t cut = 0; cut < bytes; cut++) {
    put(file, cut);
    is_refused("cut off");
  }
  put(file, bytes + 1);
  is_refused("too long");
  uint64_t random = 1;
  for (int i = 0; i < 2000; i++) {
    struct npy shape;
    double x[6];
    memcpy(damaged, file, bytes);
    for (int k = 0; k < 3; k++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      damaged[(random >> 40) % header] = (unsigned char)(random >> 32);
    }
    put(damaged, bytes);
    if (npy_look(path, &shape, error)) continue;
    assert_int_equal(shape.rows * shape.columns, 6);
    assert_int_equal(npy_read(path, shape.rows, shape.columns, x, error), 0);
  }
  static const double bad[] = {NAN, INFINITY, -INFINITY};
  for (int i = 0; i < 3; i++) {
    memcpy(file + bytes - 8, &bad[i], 8);
    put(file, bytes);
    is_refused("not finite");
    assert_non_null(strstr(error, "number 5"));
  }
}

static void writes(void **state) {
  (void)state;
  enum { ROWS = 100, COLUMNS = 77 };
  static double x[ROWS * COLUMNS], y[ROWS * COLUMNS];
  struct npy shape;
  struct stat s;
  for (int i = 0; i < ROWS * COLUMNS; i++) x[i] = i / 3.0;
  unlink(path);
  assert_int_equal(npy_write(path, ROWS, COLUMNS, x, error), 0);
  assert_int_equal(npy_look(path, &shape, error), 0);
  assert_true(shape.rows == ROWS && shape.columns == COLUMNS && !shape.fortran && shape.data % 64 == 0);
  assert_int_equal(npy_read(path, ROWS, COLUMNS, y, error), 0);
  assert_memory_equal(x, y, sizeof x);
  assert_int_equal(chmod(path, 0600), 0);
  assert_int_equal(npy_write(path, 2, 3, x, error), 0);
  assert_int_equal(stat(path, &s), 0);
  assert_int_equal(s.st_mode & 0777, 0600);                      /* who could not read the old one */
  assert_int_equal(files_in_folder(), 1);
}

/* The file may not grow as large as that: a write fails in the middle. */
static void fails_whole(void **state) {
  (void)state;
  static double x[1000];
  struct npy shape;
  struct rlimit limit;
  assert_int_equal(npy_write(path, 2, 3, x, error), 0);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const struct rlimit small = {.rlim_cur = 1000, .rlim_max = limit.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  int code = npy_write(path, 10, 100, x, error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(code, -1);
  assert_non_null(strstr(error, "a.npy: cannot be written: File too large"));
  assert_int_equal(npy_look(path, &shape, error), 0);
  assert_true(shape.rows == 2 && shape.columns == 3);
  assert_int_equal(npy_write(folder, 2, 3, x, error), -1);
  assert_int_equal(npy_write("/dev/null", 2, 3, x, error), -1);
  assert_int_equal(npy_write("/dev/null/a.npy", 2, 3, x, error), -1);
  struct file_whole f;
  assert_int_equal(file_whole_begin(&f, path, error), 0);
  assert_int_equal(files_in_folder(), f.nameless ? 1 : 2);      /* who is killed here leaves nothing, if it can be helped */
  file_whole_drop(&f);
  file_whole_drop(&f);
  assert_int_equal(files_in_folder(), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(headers), cmocka_unit_test(names_what_is_wrong), cmocka_unit_test(damage), cmocka_unit_test(writes),
                                     cmocka_unit_test(fails_whole)};
  return cmocka_run_group_tests_name("npy", tests, make_folder, remove_folder);
}
