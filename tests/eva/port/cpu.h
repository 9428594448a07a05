/*
 * cpu.h - a processor as on the host port: nothing but its number.
 */
#pragma once

#include "kernel/arch/host/port/cpu.h"
