/**
 * late.h - how late a deadline may be on QEMU's machine, where an instruction takes a nanosecond.
 */
#pragma once

#define MACHINE_LATE_NS 2000u
