/**
 * regs.h - registers of the PL031 real-time clock (Arm DDI 0224, §3.3).
 */
#pragma once

enum {
    REG_DATA =
        0x00, /* §3.3.1 RTCDR: seconds; what they count from is the firmware's to say: 1970 */
    REG_BYTES = 0x04,
};
