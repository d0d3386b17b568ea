/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands: each is given its arguments from its own name on, and returns the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int command_run(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_resume(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_report(int argc, char **argv);
int command_list(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_doctor(int argc, char **argv);

#endif
