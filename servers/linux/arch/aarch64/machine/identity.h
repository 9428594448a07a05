/*
 * identity.h - what the architecture is called, aarch64.
 */
#pragma once

#define MACHINE_NAME     "aarch64"   /* uname(2) */
#define MACHINE_PLATFORM "aarch64"   /* AT_PLATFORM of getauxval(3) */
#define MACHINE_ELF      183         /* e_machine: EM_AARCH64 */
#define MACHINE_AUDIT    0xc00000b7u /* AUDIT_ARCH_AARCH64, for filters of system calls */
