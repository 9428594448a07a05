/*
 * semaphore.h - what semctl(2) tells of a set, arm64: as the generic one.
 */
#pragma once

#include "servers/linux/generic_semaphore.h"
