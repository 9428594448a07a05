/*
 * sem.h - what the end of a process needs of the semaphores of System V.
 */
#pragma once

struct process;

/* Takes back what the process did with SEM_UNDO. */
void sem_undo_exit(struct process *process);
