/*
 * join_entry.S - from the firmware to the kernel: a processor that another one started
 * (boot/join.h). As at the start: the MMU is off, EL1 or EL2 (PSCI 6.4, Arm DEN0022).
 */
#include "boot/aarch64/board.h"
#include "boot/join.h"

.text
.global join_begin
join_begin:
    bl enter_el1
    adrp x2, boot_tables
    bl mmu_on
    mrs x0, mpidr_el1
    ldr x1, =MPIDR_AFFINITY
    and x0, x0, x1
    adrp x1, join_expected
    add x1, x1, #:lo12:join_expected
    mov x2, #-1 /* JOIN_NOBODY */
1:  ldaxr x3, [x1]
    cmp x3, x0
    b.ne too_late
    stlxr w4, x2, [x1]
    cbnz w4, 1b
    adrp x1, join_index
    ldr w19, [x1, #:lo12:join_index]
    adrp x1, join_stack_top
    add x1, x1, #:lo12:join_stack_top
    mov sp, x1
    bl join_ready
    adrp x1, join_arrived
    add x1, x1, #:lo12:join_arrived
    stlr w19, [x1]
    adrp x3, join_handover
    add x3, x3, #:lo12:join_handover
2:  yield
    ldar x1, [x3]
    cbz x1, 2b
    adrp x3, join_root
    ldr x3, [x3, #:lo12:join_root]
    msr ttbr1_el1, x3
    adrp x3, join_entry
    ldr x0, [x3, #:lo12:join_entry]
    mov w2, w19
    b kernel_enter

too_late:
    wfi
    b too_late

.section .bss
.balign 16
    .skip JOIN_STACK_BYTES
.global join_stack_top
join_stack_top:

.section .note.GNU-stack, "", @progbits
