/**
 * late.h - how late a deadline may be on QEMU's machine, where an instruction takes a nanosecond.
 *
 * Its clock ticks each 100 ns: a wait begins up to a tick after the time that it was told, and the
 * timer (Sstc) comes at whole ticks. Measured: 1999 ns, under the debug kernel 2199 ns, traced
 * 2299 ns; x86_64, whose clock is finer, 1558 ns.
 */
#pragma once

#define MACHINE_LATE_NS 2500u
