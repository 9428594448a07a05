/*
 * machine.h - numbers that C and assembly share: selectors, vectors, MSRs (Intel SDM volume 4).
 */
#pragma once

#include "abi/arch/x86_64/boot.h"
#include "lib/base/x86_64/hardware.h"

/* The user selectors are those that Linux programs know. 0x20 would be 32-bit user code for sysret:
 * it stays empty, so there is no compatibility mode. */
#define SELECTOR_USER_BASE 0x20
#define SELECTOR_USER_DATA 0x2b
#define SELECTOR_USER_CODE 0x33
#define SELECTOR_TSS       0x40

#define VECTOR_DEBUG         1
#define VECTOR_NMI           2
#define VECTOR_UNDEFINED     6
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_PAGE_FAULT    14
#define VECTOR_MACHINE_CHECK 18

/* Every vector's entry stub is this long. */
#define VECTOR_STUB_BYTES 10

#define FLAG_INTERRUPT 0x200
#define FLAGS_USER     0x202

#define MSR_SYSENTER_CS    0x174
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
