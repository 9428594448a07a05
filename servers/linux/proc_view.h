/*
 * proc_view.h - what /proc shows of the process half and of the system below.
 */
#pragma once

#include "servers/linux/proc_source.h"
#include "servers/linux/process.h"

extern const struct proc_source proc_view;

/* proc_view_space.c */
long proc_view_arguments(int pid, uint64_t offset, void *to, size_t bytes);
long proc_view_environment(int pid, uint64_t offset, void *to, size_t bytes);
long proc_view_auxiliary(int pid, uint64_t offset, void *to, size_t bytes);
bool proc_view_mapping(int pid, uint64_t address, struct proc_mapping *mapping);
bool proc_view_resident(int pid, uint64_t start, uint64_t end, struct proc_resident *resident);
bool proc_view_space(int pid, struct proc_space *space);

/* proc_view_cpu.c */
bool proc_view_cache(unsigned index, struct proc_cache *cache);
void proc_view_processor(struct text *text, uint32_t number);

/* proc_view_system.c */
uint64_t proc_view_number(enum proc_number number);
void proc_view_memory(struct proc_memory *memory);
void proc_view_totals(struct proc_totals *totals);
void proc_view_text(enum proc_text_kind kind, struct text *text);
void proc_view_objects(struct text *text); /* proc_view_objects.c */
int proc_view_control(const char *command);
