/*
 * proc_view.h - what /proc shows of the process half and of the system below.
 */
#pragma once

#include "servers/linux/proc_source.h"
#include "servers/linux/process.h"

extern const struct proc_source proc_view;

/* proc_view_system.c */
void proc_view_memory(struct proc_memory *memory);
void proc_view_totals(struct proc_totals *totals);
void proc_view_text(enum proc_text_kind kind, struct text *text);
void proc_view_objects(struct text *text); /* proc_view_objects.c */
int proc_view_control(const char *command);
