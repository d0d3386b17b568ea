/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure_script.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_whole.h"
#include "pmrun.h"
#include "results/text_file.h"

extern char **environ;
enum { CUT_OFF_BYTES = 1 << 20 };        /* more than any picture has */

/* ---- files ----------------------------------------------------------------------------------- */

static int fail(char *error, const char *path, int code) {
  snprintf(error, PM_TEXT_MAX, "%.300s: %s", path, strerror(code));
  return -code;
}

/* PMBENCH_BUILD_ROOT, PMBENCH_PLOTS_SOURCE, PMBENCH_PLOTS_INSTALLED: meson's. An installation may
 * have been moved as a whole: what lies beside the executable comes before what was compiled in. */
static void script_directory(char *path, size_t bytes) {
  const char *set = getenv("PMBENCH_PLOTS");
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  size_t root = strlen(PMBENCH_BUILD_ROOT);
  self[length > 0 ? length : 0] = 0;
  bool built = !strncmp(self, PMBENCH_BUILD_ROOT, root) && self[root] == '/';
  char *slash = strrchr(self, '/');
  if (slash) *slash = 0;
  snprintf(path, bytes, "%s/../share/pmbench/plots", self);
  if (set && *set) snprintf(path, bytes, "%s", set);
  else if (built) snprintf(path, bytes, "%s", PMBENCH_PLOTS_SOURCE);
  else if (!slash || access(path, X_OK)) snprintf(path, bytes, "%s", PMBENCH_PLOTS_INSTALLED);
}

int script_find(const char *name, char *path, size_t bytes, char *error) {
  char directory[4200];
  script_directory(directory, sizeof directory);
  snprintf(path, bytes, "%s/%s", directory, name);
  if (!access(path, R_OK)) return 0;
  snprintf(
      error, PM_TEXT_MAX,
      "%.300s: %s; install pmbench again, or set PMBENCH_PLOTS to the directory of its scripts",
      path, strerror(errno));
  return PM_E_MACHINE;
}

int script_read(const char *name, char **text, char *error) {
  char path[4352];
  size_t bytes = 0;
  int code = script_find(name, path, sizeof path, error);
  *text = NULL;
  if (code) return code;
  FILE *in = fopen(path, "re");
  if (!in) return fail(error, path, errno);
  if (getdelim(text, &bytes, 0, in) < 0) code = fail(error, path, ferror(in) ? errno : ENODATA);
  fclose(in);
  if (code) free(*text);
  return code;
}

int script_copy(const char *name, const char *directory, char *error) {
  char *text;
  struct text_file whole;
  int code = script_read(name, &text, error);
  if (code) return code;
  code = text_file_begin(&whole, directory, name, error);
  if (!code) {
    fputs(text, whole.file);
    code = text_file_end(&whole, error);
  }
  free(text);
  return code;
}

/* ---- gnuplot --------------------------------------------------------------------------------- */

/* gnuplot's last line that is not blank: it echoes the script's before it. */
static void keep_last_line(FILE *in, char *last, size_t bytes) {
  char *line = NULL;
  size_t room = 0;
  *last = 0;
  while (getline(&line, &room, in) > 0) {
    line[strcspn(line, "\n")] = 0;
    if (line[strspn(line, " \t")]) snprintf(last, bytes, "%s", line);
  }
  free(line);
}

/* What the user's own environment says of pictures is not for these: GNUTERM=qt would open a window, or fail to. */
static void clear_environment(void) {
  static const char *const names[] = {"GNUTERM", "GNUPLOT_LIB", "GNUPLOT_DRIVER_DIR", "GNUPLOT_FONTPATH", "GNUPLOT_DEFAULT_GDFONT",
                                      "GNUPLOT_PS_DIR"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
  setenv("LC_ALL", "C.UTF-8", 1);
}

/* Its words come back through `words`; the numbers it writes have a point in every locale. */
static int start(char *const argv[], const char *directory, int words, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, directory);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, words, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
  clear_environment();
  int code = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

static int missing(int code, char *error) {
  if (code != ENOENT) {
    snprintf(error, PM_TEXT_MAX, "gnuplot: %s", strerror(code));
    return -code;
  }
  snprintf(error, PM_TEXT_MAX,
           "gnuplot is not installed: install gnuplot-nox; what it would have drawn is in the CSV "
           "files");
  return PM_E_MACHINE;
}

/* gnuplot says nothing when what it wrote did not fit: a picture that was cut off is none. Why is asked of the place. */
static int check_whole(const char *name, const char *device, const char *directory, char *error) {
  static const char svg_end[] = "</svg>", png_end[] = "IEND";
  const char *last = strcmp(device, "png") ? svg_end : png_end;
  char path[4352], tail[32] = "";
  snprintf(path, sizeof path, "%.4200s/%.*s.%s", directory, (int)strcspn(name, "."), name, device);
  FILE *in = fopen(path, "re");
  if (!in) return fail(error, path, errno);
  size_t bytes = fseek(in, -(long)sizeof tail + 1, SEEK_END) ? 0 : fread(tail, 1, sizeof tail - 1, in);
  fclose(in);
  if (memmem(tail, bytes, last, strlen(last))) return 0;
  if (file_whole_try(path, CUT_OFF_BYTES, error)) return PM_E_PROGRAM;
  snprintf(error, PM_TEXT_MAX, "%.300s: gnuplot left it unfinished, and does not say why", path);
  return PM_E_PROGRAM;
}

int script_run(const char *name, const char *device, const char *directory, char *error) {
  char set[64], words[PM_TEXT_MAX / 2];
  char *argv[] = {"gnuplot", "-d", "-e", set, (char *)name, NULL};
  int ends[2], status = 0;
  pid_t pid;
  snprintf(set, sizeof set, "device='%s'", device);
  if (pipe2(ends, O_CLOEXEC)) return fail(error, "gnuplot", errno);
  int code = start(argv, directory, ends[1], &pid);
  close(ends[1]);
  FILE *in = fdopen(ends[0], "r");
  int unread = in ? 0 : errno;
  *words = 0;
  if (in) keep_last_line(in, words, sizeof words);
  if (in) fclose(in);
  else close(ends[0]);
  if (code) return missing(code, error);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return fail(error, "gnuplot", errno);
  if (WIFEXITED(status) && !WEXITSTATUS(status)) return check_whole(name, device, directory, error);
  if (unread) return fail(error, "gnuplot", unread);
  snprintf(error, PM_TEXT_MAX, "gnuplot could not draw %s/%s: %s",
           directory + (strlen(directory) > 150 ? strlen(directory) - 150 : 0), name,
           *words ? words : WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it does not say why");
  return PM_E_PROGRAM;
}
