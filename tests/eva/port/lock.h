/*
 * lock.h - as on the host port: an ASSERT that it is free when taken, and held when released. Each
 * taker may have to wait first.
 */
#pragma once

#include "kernel/arch/host/port/lock.h"
