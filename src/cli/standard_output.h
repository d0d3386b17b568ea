/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard output when somebody reads it, and when nobody does any more: `pmbench ... | head` ends quietly, a full disk does not. */
#ifndef CLI_STANDARD_OUTPUT_H
#define CLI_STANDARD_OUTPUT_H

#include <stdbool.h>

/* Writes out what is waiting. The first error is remembered. */
void standard_output_flush(void);
/* Whether it is a pipe or socket whose reader has left. */
bool standard_output_is_deserted(void);
/* What was lost has been said: the end of the command need not say it again. */
void standard_output_told(void);
/* At the end of a command: 0, or an errno where something was lost that somebody wanted; -1: lost, and the reason is not known. */
int standard_output_end(void);

#endif
