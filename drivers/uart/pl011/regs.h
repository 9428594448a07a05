/**
 * regs.h - registers of the PL011 UART (Arm DDI 0183, PrimeCell UART technical reference manual,
 * §3.3).
 */
#pragma once

enum {
    REG_DATA = 0x00,       /* §3.3.1 UARTDR */
    REG_FLAGS = 0x18,      /* §3.3.3 UARTFR */
    REG_LINE = 0x2c,       /* §3.3.7 UARTLCR_H */
    REG_CONTROL = 0x30,    /* §3.3.8 UARTCR */
    REG_INTERRUPTS = 0x38, /* §3.3.10 UARTIMSC: which may interrupt */
    REG_CLEAR = 0x44,      /* §3.3.13 UARTICR */
    REG_BYTES = 0x48,
};

#define DATA_BYTE 0xff /* above: errors of reception */

#define FLAG_RECEIVE_EMPTY (1u << 4) /* RXFE */
#define FLAG_TRANSMIT_FULL (1u << 5) /* TXFF */

#define LINE_FIFO   (1u << 4) /* FEN */
#define LINE_8_BITS (3u << 5) /* WLEN */

#define CONTROL_ENABLE   (1u << 0) /* UARTEN */
#define CONTROL_TRANSMIT (1u << 8) /* TXE */
#define CONTROL_RECEIVE  (1u << 9) /* RXE */

#define INTERRUPT_RECEIVED    (1u << 4) /* RXIM: the FIFO is filled to its mark */
#define INTERRUPT_TRANSMITTED (1u << 5) /* TXIM: ... or drained to it */
#define INTERRUPT_TIMEOUT     (1u << 6) /* RTIM: something is in it for 32 bit times */
#define INTERRUPT_ALL         0x7ffu

#define FIFO_BYTES 16 /* 32 since revision r1p5; nothing depends on it */
