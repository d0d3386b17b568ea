/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A region that the user names: looked at before it is opened, since opening a pipe would wait for ever. */
#ifndef CLI_REGION_FILE_H
#define CLI_REGION_FILE_H

/* 0 where `path` is a file or a device; else PM_E_REGION, and one line in `error` (PM_TEXT_MAX bytes). */
int region_file_check(const char *path, char *error);

#endif
