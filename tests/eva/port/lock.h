/*
 * lock.h - as on the host port: an ASSERT that it is free when taken, and held when released.
 */
#pragma once

#include "kernel/arch/host/port/lock.h"
