/*
 * entry_macros.h - what the entry files share.
 *
 * Segment bases are read and written with the FSGSBASE instructions on rax. A processor without
 * them gets each site, which is five bytes long, replaced at boot (base_sites.c) by a call of a
 * routine that uses the MSRs; so there must be a kernel stack where these macros stand.
 */
#ifndef X86_64_ENTRY_MACROS_H
#define X86_64_ENTRY_MACROS_H

#include "kernel/arch/x86_64/machine.h"
#include "offsets.h"
#include "port/memory.h"

.macro BASE_SITE instruction 77 : \instruction % rax.pushsection.base_sites,
    "a".balign 4.long 77b -., \instruction\() _by_msr
                                  -..popsection
                                       .endm

                                       /* The address space of thread rbp; 0 stands for the kernel's
                                          own. Changes rax. */
                                       .macro LOAD_ROOT mov THREAD_ROOT(% rbp),
    % rax cmp % gs : CPU_ROOT_LOADED, % rax je 78f test % rax,
    % rax jnz 79f mov $memory_root - KERNEL_BASE, % eax 79 : mov % rax, % cr3 mov % rax,
    % gs : CPU_ROOT_LOADED 78
    :.endm

         /* The sixteen registers but rsp, between memory at `base` (a register that is loaded
            last). */
         .macro STORE_REGISTERS prefix,
    base mov % rbx, \prefix\() _RBX(\base) mov % rcx, \prefix\() _RCX(\base) mov % rdx, \prefix\() _RDX(\base) mov % rsi, \prefix\() _RSI(\base) mov % rdi, \prefix\() _RDI(\base) mov % rbp, \prefix\() _RBP(\base) mov % r8, \prefix\() _R8(\base) mov % r9, \prefix\() _R9(\base) mov % r10, \prefix\() _R10(\base) mov % r11, \prefix\() _R11(\base) mov % r12, \prefix\() _R12(\base) mov % r13, \prefix\() _R13(\base) mov % r14, \prefix\()
                                                                                                                                                                                                                                                                                                                                                                                                                                            _R14(\base)
                                                                                                                                                                                                                                                                                                                                                                                                                                                .endm

                                                                                                                                                                                                                                                                                                                                                                                                                                                .macro
                                                                                                                                                                                                                                                                                                                                                                                                                                        LOAD_REGISTERS
                                                                                                                                                                                                                                                                                                                                                                                                                                        prefix
    ,
    base mov \prefix\() _RAX(\base), % rax mov \prefix\() _RBX(\base),
    % rbx mov \prefix\() _RDX(\base), % rdx mov \prefix\() _RSI(\base),
    % rsi mov \prefix\() _RDI(\base), % rdi mov \prefix\() _R8(\base),
    % r8 mov \prefix\() _R9(\base), % r9 mov \prefix\() _R10(\base),
    % r10 mov \prefix\() _R12(\base), % r12 mov \prefix\() _R13(\base),
    % r13 mov \prefix\() _R14(\base), % r14.endm

#endif
