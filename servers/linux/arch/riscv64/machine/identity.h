/*
 * identity.h - what the architecture is called, riscv64.
 */
#pragma once

#define MACHINE_NAME     "riscv64"   /* uname(2) */
#define MACHINE_PLATFORM ""          /* AT_PLATFORM of getauxval(3): there is none */
#define MACHINE_ELF      243         /* e_machine: EM_RISCV */
#define MACHINE_AUDIT    0xc00000f3u /* AUDIT_ARCH_RISCV64, for filters of system calls */
