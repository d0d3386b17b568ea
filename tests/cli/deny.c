/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deny ERRNO SYSTEM-CALL[,SYSTEM-CALL...] COMMAND...: runs it with those failing (seccomp), for it and all its children. 77: cannot. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct { const char *name; int number; } calls[] = {
    {"set_robust_list", SYS_set_robust_list}, {"kill", SYS_kill}, {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo},
    {"pidfd_open", SYS_pidfd_open}, {"rseq", SYS_rseq}, {"flock", SYS_flock}};
static const struct { const char *name; int number; } errors[] = {{"EPERM", EPERM}, {"ESRCH", ESRCH}, {"ENOSYS", ENOSYS}, {"EAGAIN", EAGAIN},
    {"ENOLCK", ENOLCK}, {"EOPNOTSUPP", EOPNOTSUPP}};

int main(int argc, char **argv) {
  struct sock_filter f[64];
  unsigned short n = 0;
  int error = 0;
  if (argc < 4) return 2;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (!strcmp(errors[i].name, argv[1])) error = errors[i].number;
  f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (char *name = strtok(argv[2], ","); name && n < 60; name = strtok(NULL, ",")) {
    int number = -1;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
      if (!strcmp(calls[i].name, name)) number = calls[i].number;
    if (number < 0) return fprintf(stderr, "deny: %s: not in the list\n", name), 2;
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
  }
  f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {n, f};
  if (!error || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) return 77;
  execvp(argv[3], argv + 3);
  perror(argv[3]);
  return 127;
}
