/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel says of the memory behind a file or a device: whether it survives a power failure, and how. Only persistent
 * memory (the kernel's nd and dax devices) has any of it; texts are empty, and the node -1, where nothing is stated.
 */
#ifndef PM_MEDIUM_H
#define PM_MEDIUM_H

struct pm_medium {
  char domain[24];                      /* memory_controller: what was written back and fenced survives; cpu_cache: what was stored */
  char provider[24];                    /* ACPI.NFIT, e820 (memmap=, DRAM that poses), virtio-pmem, cxl */
  char mode[12];                        /* of the namespace: fsdax, devdax, sector, raw */
  int numa_node;
};

/* Of an open file or device. */
void pm_medium_look(int fd, struct pm_medium *m);
/* Of a device's directory in /sys, all links resolved. */
void pm_medium_look_at(const char *directory, struct pm_medium *m);

#endif
