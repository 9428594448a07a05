/*
 * identity.h - what the architecture is called, x86_64.
 */
#pragma once

#define MACHINE_NAME     "x86_64"    /* uname(2) */
#define MACHINE_PLATFORM "x86_64"    /* AT_PLATFORM of getauxval(3) */
#define MACHINE_ELF      62          /* e_machine: EM_X86_64 */
#define MACHINE_AUDIT    0xc000003eu /* AUDIT_ARCH_X86_64, for filters of system calls */
