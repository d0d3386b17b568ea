/* SPDX-License-Identifier: BSD-3-Clause */
/* The identity of the running executable: the build id that its linker noted, or else a hash of its file. */
#ifndef PM_BUILD_ID_H
#define PM_BUILD_ID_H
#include <stdint.h>
void pm_build_id(uint8_t id[32]);
#endif
