/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/pin.h"

#include <stdlib.h>
#include <string.h>

static int parse_list(struct pm_pin *pin, const char *list, unsigned procs, struct pm_error_line *e) {
  unsigned n = 0;
  const char *at = list;
  while (*at) {
    char *end;
    unsigned long from = strtoul(at, &end, 10), to = from;
    if (end == at || *at < '0' || *at > '9') goto junk;
    if (*end == '-') {
      at = end + 1;
      to = strtoul(at, &end, 10);
      if (end == at || *at < '0' || *at > '9' || to < from || to - from > 4096) goto junk;
    }
    for (unsigned long i = from; i <= to; i++) {
      hwloc_obj_t pu = i <= UINT32_MAX ? hwloc_get_pu_obj_by_os_index(pin->topology, (unsigned)i) : NULL;
      if (!pu || !hwloc_bitmap_isset(hwloc_topology_get_allowed_cpuset(pin->topology), (unsigned)i))
        return pm_error_set(e, PM_E_USAGE, "--pin %s: this machine has no core %lu, or may not use it", list, i);
      if (n < PM_SLOTS_MAX) pin->place[n++] = pu;
    }
    if (*end == ',' && end[1]) end++;
    else if (*end) goto junk;
    at = end;
  }
  if (!n) goto junk;
  for (unsigned p = n; p < procs; p++) pin->place[p] = pin->place[p % n];
  return 0;
junk:
  return pm_error_set(e, PM_E_USAGE, "--pin %s: none of compact, scatter, none, or a list of cores such as 0,2-5", list);
}

/* Compact: one worker a core in the order of the machine, then the second threads of the cores. */
static void place_compact(struct pm_pin *pin, unsigned procs) {
  int cores = hwloc_get_nbobjs_by_type(pin->topology, HWLOC_OBJ_CORE);
  unsigned n = 0;
  for (unsigned thread = 0; n < procs; thread++) {
    unsigned before = n;
    for (int i = 0; i < cores && n < procs; i++) {
      hwloc_obj_t core = hwloc_get_obj_by_type(pin->topology, HWLOC_OBJ_CORE, (unsigned)i);
      hwloc_obj_t pu = hwloc_get_obj_inside_cpuset_by_type(pin->topology, core->cpuset, HWLOC_OBJ_PU, thread);
      if (pu) pin->place[n++] = pu;
    }
    if (n == before) break;
  }
  int pus = hwloc_get_nbobjs_by_type(pin->topology, HWLOC_OBJ_PU);
  for (unsigned i = 0; !n && i < (unsigned)pus; i++) pin->place[n++] = hwloc_get_obj_by_type(pin->topology, HWLOC_OBJ_PU, i);
  for (unsigned p = n; n && p < procs; p++) pin->place[p] = pin->place[p % n];
}

static void place_scatter(struct pm_pin *pin, unsigned procs) {
  hwloc_obj_t root = hwloc_get_root_obj(pin->topology);
  hwloc_bitmap_t *sets = calloc(procs, sizeof *sets);
  if (!sets || hwloc_distrib(pin->topology, &root, 1, sets, procs, INT32_MAX, 0)) {
    free(sets);
    place_compact(pin, procs);
    return;
  }
  for (unsigned p = 0; p < procs; p++) {
    pin->place[p] = hwloc_get_pu_obj_by_os_index(pin->topology, (unsigned)hwloc_bitmap_first(sets[p]));
    hwloc_bitmap_free(sets[p]);
  }
  free(sets);
}

/* The cores that this process may use: what a container allows (hwloc knows) and what it was bound to, as by taskset. */
static void restrict_to_own(hwloc_topology_t topology) {
  hwloc_bitmap_t own = hwloc_bitmap_alloc();
  if (own && !hwloc_get_cpubind(topology, own, HWLOC_CPUBIND_THREAD) && !hwloc_bitmap_iszero(own))
    hwloc_topology_restrict(topology, own, 0);
  hwloc_bitmap_free(own);
}

static unsigned count_used(const struct pm_pin *pin, unsigned procs) {
  unsigned used = 0;
  for (unsigned p = 0; p < procs; p++) {
    bool again = false;
    for (unsigned q = 0; q < p; q++) again |= pin->place[q] == pin->place[p];
    used += !again;
  }
  return used;
}

int pm_pin_open(struct pm_pin *pin, const char *how, unsigned procs, struct pm_error_line *e) {
  *pin = (struct pm_pin){.bind = true};
  if (hwloc_topology_init(&pin->topology)) return pm_error_set(e, PM_E_MACHINE, "hwloc cannot be started");
  if (hwloc_topology_load(pin->topology)) {
    hwloc_topology_destroy(pin->topology);
    return pm_error_set(e, PM_E_MACHINE, "hwloc cannot read this machine's topology");
  }
  restrict_to_own(pin->topology);
  pin->cores = (unsigned)hwloc_get_nbobjs_by_type(pin->topology, HWLOC_OBJ_PU);
  int error = 0;
  if (!procs) procs = pin->cores < PM_SLOTS_MAX ? pin->cores : PM_SLOTS_MAX;
  if (!how || !strcmp(how, "compact")) place_compact(pin, procs);
  else if (!strcmp(how, "scatter")) place_scatter(pin, procs);
  else if (!strcmp(how, "none")) { place_compact(pin, procs); pin->bind = false; }
  else error = parse_list(pin, how, procs, e);
  pin->used = pin->bind ? count_used(pin, procs) : pin->cores;
  if (error) pm_pin_close(pin);
  return error;
}

void pm_pin_close(struct pm_pin *pin) {
  if (pin->topology) hwloc_topology_destroy(pin->topology);
  pin->topology = NULL;
}

int pm_pin_bind(const struct pm_pin *pin, unsigned place) {
  if (!pin->bind || !pin->place[place]) return 0;
  int refused = 0;
  if (hwloc_set_cpubind(pin->topology, pin->place[place]->cpuset, HWLOC_CPUBIND_THREAD)) refused |= 1;
  if (hwloc_get_nbobjs_by_type(pin->topology, HWLOC_OBJ_NUMANODE) > 1 &&
      hwloc_set_membind(pin->topology, pin->place[place]->nodeset, HWLOC_MEMBIND_BIND,
                        HWLOC_MEMBIND_THREAD | HWLOC_MEMBIND_BYNODESET))
    refused |= 2;
  return refused;
}

static int distance(const struct pm_pin *pin, unsigned a, unsigned b) {
  if (!pin->place[a] || !pin->place[b]) return 0;
  hwloc_obj_t common = hwloc_get_common_ancestor_obj(pin->topology, pin->place[a], pin->place[b]);
  return common ? -common->depth : 0;
}

/* Insertion sort by distance; equally near ones begin behind the place itself, so that thieves do not all begin at one. */
void pm_pin_near(const struct pm_pin *pin, struct pm_session *s, unsigned procs) {
  for (unsigned p = 0; p < procs; p++) {
    struct pm_place *place = &s->place[p];
    place->core = pin->place[p] ? (int)pin->place[p]->os_index : -1;
    if (!pin->bind) place->core = -1;
    place->near_count = procs - 1;
    for (unsigned i = 0; i + 1 < procs; i++) {
      unsigned q = (p + 1 + i) % procs, at = i;
      for (; at && distance(pin, p, place->near[at - 1]) > distance(pin, p, q); at--) place->near[at] = place->near[at - 1];
      place->near[at] = q;
    }
  }
}
