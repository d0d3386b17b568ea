/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file as somebody holds it: the inode behind an open descriptor, which nobody can swap, and the name it has in a directory
 * that is held as well, which anybody can. What is done to a name (removing it) is done only where the name leads to the inode
 * that is held; what is done to the file goes by the descriptor.
 */
#ifndef PM_FILE_H
#define PM_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { PM_FILE_PATH = 4096, PM_FILE_NAME = 256 };

/* What a name is while pm_file_remove takes it away: pmbench-NONCE.removed, beside it. A process that ends in between leaves it. */
#define PM_FILE_REMOVED ".removed"

/* Opens the directory that `path` lies in, for as long as the file is held, and copies the last part of it. The descriptor, or
 * -errno; it can be synced only where the directory may be read. */
int pm_file_directory(const char *path, char name[PM_FILE_NAME]);
/* Opens a file or a device under its name in that directory: no symbolic link, and nothing that opening would wait for or change.
 * The descriptor, or -errno: -ELOOP a symbolic link, -EISDIR a directory, -EINVAL anything else that is not a file. */
int pm_file_open(int directory, const char *name, int flags);
/* Why not, in words. */
const char *pm_file_text(int error);
/* The same inode once more, with an open file (and so a lock) of its own: through /proc, whatever became of the name; else by the
 * name, if that still leads there. The descriptor, or -errno: -ESTALE where the name leads elsewhere. */
int pm_file_reopen(int fd, int directory, const char *name);
/* Whether the name leads to that inode. */
bool pm_file_is(int directory, const char *name, int fd);
/* Takes the name away, if it leads to that inode: 0, or -errno; -ESTALE: it does not. */
int pm_file_remove(int directory, const char *name, int fd);
/* Where the inode is now, as the kernel says it and as was looked at: false where it has no name that can be found. */
bool pm_file_where(int fd, char path[PM_FILE_PATH]);
/* Takes a lock (LOCK_EX or LOCK_SH) on an open file, within two seconds, since killed processes may still be exiting: 0 or -errno;
 * -EWOULDBLOCK: somebody has it. Turning one kind into the other is not atomic: somebody may have had it in between. */
int pm_file_lock(int fd, int lock);
/* What was written is on the disk; of a directory, its names. 0 where the file system has no such thing. */
int pm_file_sync(int fd);

#endif
