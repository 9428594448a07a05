/**
 * regs.h - registers of the MC146818 real-time clock (Motorola data sheet, table 1 and following).
 */
#pragma once

/* Ports, from the first: write a register's number to one, then use the other. */
enum { PORT_INDEX = 0, PORT_DATA = 1, PORT_COUNT = 2 };

/* Bit 7 of the index masks the NMI on a PC; it stays clear: NMI on. */
enum {
    REG_SECONDS = 0x00,
    REG_MINUTES = 0x02,
    REG_HOURS = 0x04,
    REG_DAY = 0x07, /* of the month */
    REG_MONTH = 0x08,
    REG_YEAR = 0x09, /* of the century */
    REG_A = 0x0a,
    REG_B = 0x0b,
    REG_D = 0x0d,
    REG_CENTURY = 0x32, /* where firmware keeps it (ACPI 6.4 §5.2.9 FADT "CENTURY", commonly) */
};

#define A_UPDATING 0x80 /* UIP: the time is being changed */
#define B_24_HOURS 0x02
#define B_BINARY   0x04
#define D_VALID    0x80 /* VRT: the battery has not failed */

#define HOURS_PM 0x80 /* in 12-hour mode */
