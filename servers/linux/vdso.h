/*
 * vdso.h - the small shared object that every program finds in its memory (AT_SYSINFO_EHDR), so
 * that reading a clock needs no system call.
 */
#pragma once

#include "servers/linux/mm.h"

struct component_info;

/* Copies the image into pages. Returns 0 or -ENOMEM. */
MUST_USE int vdso_init(const struct component_info *info);

/* Maps it into an mm whose mutex is held; sets mm->vdso. 0 or -ENOMEM. */
MUST_USE int vdso_map_locked(struct mm *mm);

/* Where a handler of this mm returns to that says nothing else; only where the image has that
   (arch/ARCH/vdso.c). */
uint64_t vdso_return(const struct mm *mm);

/* Real time was set. */
void vdso_set_real_offset(int64_t offset_ns);
