/*
 * clean.h - an end to everything that a load has left behind, so that what remains is a leak.
 */
#pragma once

#include <stdbool.h>

/* All other processes end and are waited for. False: some did not, and `text` names them. */
bool clean_processes(char *text, unsigned long bytes);

/* Files below a folder (which stays); what System V left; sockets that only hold each other. */
void clean_folder(const char *path);
void clean_ipc(void);
void clean_sockets(void);

/* As many threads and processes as there can be, once: the system keeps what it makes for them. */
void clean_warm_up(void);
