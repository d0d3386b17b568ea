/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: what the kernel says of persistent memory is found, from trees as the kernel makes them; the real ones are in tests/dax. */
#include <stdlib.h>

#include "pm/medium.h"
#include "unit.h"

static char tree[64];

static void put(const char *region, const char *name, const char *text) {
  char command[512];
  snprintf(command, sizeof command, "mkdir -p %s/%s && printf '%s' >%s/%s/%s", tree, region, text, tree, region, name);
  assert_int_equal(system(command), 0);
}

static struct pm_medium look(const char *device) {
  char path[256];
  struct pm_medium m;
  snprintf(path, sizeof path, "%s/%s", tree, device);
  pm_medium_look_at(path, &m);
  return m;
}

static void an_nvdimm(void **state) {
  (void)state;
  put("ndbus0", "provider", "ACPI.NFIT\\n");
  put("ndbus0/region0", "persistence_domain", "memory_controller\\n");
  put("ndbus0/region0", "numa_node", "1\\n");
  static const struct { const char *device, *mode; } rows[] = {
      {"ndbus0/region0/pfn0.1/block/pmem0", "fsdax"}, {"ndbus0/region0/pfn0.1/block/pmem0/pmem0p1", "fsdax"},
      {"ndbus0/region0/dax0.1/dax0.0", "devdax"}, {"ndbus0/region0/btt0.0/block/pmem0s", "sector"},
      {"ndbus0/region0/namespace0.0/block/pmem0", "raw"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct pm_medium m = look(rows[i].device);
    assert_string_equal(m.mode, rows[i].mode);
    assert_string_equal(m.domain, "memory_controller");
    assert_string_equal(m.provider, "ACPI.NFIT");
    assert_int_equal(m.numa_node, 1);
  }
}

static void none_stated(void **state) {
  (void)state;
  put("ndbus1", "provider", "e820\\n");
  put("ndbus1/region1", "size", "1\\n");               /* the kernel shows no persistence_domain then */
  struct pm_medium m = look("ndbus1/region1/pfn1.0/block/pmem1");
  assert_string_equal(m.domain, "");
  assert_string_equal(m.provider, "e820");
  assert_string_equal(m.mode, "fsdax");
  assert_int_equal(m.numa_node, -1);
  put("ndbus1/region1/namespace1.0", "mode", "memory\\n");
  assert_string_equal(look("ndbus1/region1/namespace1.0/block/pmem1").mode, "fsdax");
  put("ndbus1/region1/namespace1.0", "mode", "raw\\n");
  assert_string_equal(look("ndbus1/region1/namespace1.0/block/pmem1").mode, "raw");
}

static void cxl(void **state) {
  (void)state;
  put("root0/decoder0.0/region2/dax_region2", "id", "2\\n");
  struct pm_medium m = look("root0/decoder0.0/region2/dax_region2/dax2.0");
  assert_string_equal(m.provider, "cxl");
  assert_string_equal(m.mode, "devdax");
  assert_string_equal(m.domain, "");
}

static void no_persistent_memory(void **state) {
  (void)state;
  struct pm_medium m = look("pci0000:00/virtio1/block/vda");
  assert_string_equal(m.domain, "");
  assert_string_equal(m.provider, "");
  assert_string_equal(m.mode, "");
  assert_int_equal(m.numa_node, -1);
  m = look("platform/dax0.0");
  assert_string_equal(m.mode, "");
}

static int make_tree(void **state) {
  (void)state;
  snprintf(tree, sizeof tree, "/tmp/medium_test-XXXXXX");
  return mkdtemp(tree) ? 0 : -1;
}
static int remove_tree(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", tree);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_nvdimm), cmocka_unit_test(none_stated), cmocka_unit_test(cxl),
                                     cmocka_unit_test(no_persistent_memory)};
  return cmocka_run_group_tests_name("medium", tests, make_tree, remove_tree);
}
