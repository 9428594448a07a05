/**
 * regs.h - registers of the 16550 UART (National Semiconductor PC16550D data sheet, §8).
 */
#pragma once

/* Offsets from the first. */
enum {
    REG_DATA = 0,        /* §8.4: receiver buffer, transmitter holding; divisor low with DLAB */
    REG_INTERRUPTS = 1,  /* §8.5 IER; divisor high with DLAB */
    REG_IDENTIFY = 2,    /* §8.6 IIR, read */
    REG_FIFO = 2,        /* §8.7 FCR, write */
    REG_LINE = 3,        /* §8.1 LCR */
    REG_MODEM = 4,       /* §8.8 MCR */
    REG_LINE_STATUS = 5, /* §8.3 LSR */
    REG_SCRATCH = 7,     /* §8.10 SCR */
    REG_COUNT = 8,
};

enum {
    INTERRUPT_RECEIVED = 1 << 0,
    INTERRUPT_TRANSMITTED = 1 << 1,
};

#define IDENTIFY_NONE 0x01 /* no interrupt is pending */

#define FIFO_ENABLE    0x01 /* without the reset bits: what is in the FIFOs stays */
#define FIFO_TRIGGER_8 0x80
#define FIFO_BYTES     16

#define LINE_8N1            0x03
#define LINE_DIVISOR_ACCESS 0x80

#define DIVISOR_115200 1

#define MODEM_DTR_RTS_OUT2 0x0b /* OUT2 gates the interrupt line on a PC */

#define STATUS_DATA_READY        0x01
#define STATUS_TRANSMITTER_READY 0x20
