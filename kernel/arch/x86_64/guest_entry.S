/*
 * guest_entry.S - `enter` and a guest's system call, without lock and without C.
 *
 * Whatever is unusual goes the long way (kernel/guest.c, guest.c): a kick, no guest, a register
 * set that sysret cannot load. Each field of the frame is read once.
 */
#include "kernel/arch/x86_64/entry.inc"

#define ADDRESS_BITS 47

.section .text.entry, "ax"

/* From syscall_entry: r11 = the thread, rbp = the handle, kernel stack. */
.global guest_enter_short
guest_enter_short:
    testb $SLOW_KICKED, THREAD_SLOW_WORD(%r11)
    jnz syscall_long
    mov THREAD_FRAME(%r11), %r15
    test %r15, %r15
    jz syscall_long
    mov THREAD_GUEST_ROOT(%r11), %rdx
    test %rdx, %rdx
    jz syscall_long
    mov FRAME_RIP(%r15), %rcx
    mov FRAME_FS_BASE(%r15), %rax
    mov FRAME_GS_BASE(%r15), %rsi
    mov %rcx, %rdi
    or %rax, %rdi
    or %rsi, %rdi
    shr $ADDRESS_BITS, %rdi
    jnz guest_enter_long
    mov FRAME_RFLAGS(%r15), %r11d
    and $GUEST_FLAGS, %r11d
    or $FLAGS_USER, %r11d
    cmp FRAME_RCX(%r15), %rcx /* sysret loads rip from rcx, rflags from r11 */
    jne guest_enter_long
    cmp FRAME_R11(%r15), %r11
    jne guest_enter_long
    BASE_SITE wrfsbase
    mov %r15, %gs:CPU_GUEST_FRAME
    mov %rdx, %cr3
    mov %rsi, %rax
    swapgs
    BASE_SITE wrgsbase
    LOAD_REGISTERS FRAME, %r15
    mov FRAME_RBP(%r15), %rbp
    mov FRAME_RSP(%r15), %rsp
    mov FRAME_R15(%r15), %r15
    sysretq

guest_enter_long:
    mov %gs:CPU_CURRENT, %r11
    jmp syscall_long

/* From syscall_entry: all registers are the guest's. The server's thread returns from `enter`. */
.global guest_syscall
guest_syscall:
    mov %r15, %gs:CPU_SCRATCH
    mov %gs:CPU_GUEST_FRAME, %r15
    mov %rax, FRAME_RAX(%r15)
    STORE_REGISTERS FRAME, %r15
    mov %rsp, FRAME_RSP(%r15)
    mov %rcx, FRAME_RIP(%r15)
    mov %r11, FRAME_RFLAGS(%r15)
    mov %gs:CPU_SCRATCH, %rax
    mov %rax, FRAME_R15(%r15)
    mov %gs:CPU_STACK_TOP, %rsp
    BASE_SITE rdfsbase
    mov %rax, FRAME_FS_BASE(%r15)
    swapgs
    BASE_SITE rdgsbase
    swapgs
    mov %rax, FRAME_GS_BASE(%r15)
    movq $0, %gs:CPU_GUEST_FRAME
    mov %gs:CPU_CURRENT, %rbp
    mov THREAD_ROOT(%rbp), %rax /* not 0: the thread came from there */
    mov %rax, %cr3
    mov THREAD_TLS(%rbp), %rax
    BASE_SITE wrfsbase
    mov THREAD_SP(%rbp), %rsp
    mov THREAD_PC(%rbp), %rcx
    mov $EXIT_TAG_SYSCALL, %ebx
    mov $FLAGS_USER, %r11d
    xor %eax, %eax
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    swapgs
    sysretq

/* What replaces the FSGSBASE instructions: rax as they use it, every other register kept. */
.macro BY_MSR_READ name, msr
\name:
    push %rcx
    push %rdx
    mov $\msr, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    pop %rdx
    pop %rcx
    ret
.endm

.macro BY_MSR_WRITE name, msr
\name:
    push %rcx
    push %rdx
    mov $\msr, %ecx
    mov %rax, %rdx
    shr $32, %rdx
    wrmsr
    pop %rdx
    pop %rcx
    ret
.endm

.global rdfsbase_by_msr, rdgsbase_by_msr, wrfsbase_by_msr, wrgsbase_by_msr
BY_MSR_READ rdfsbase_by_msr, MSR_FS_BASE
BY_MSR_READ rdgsbase_by_msr, MSR_GS_BASE
BY_MSR_WRITE wrfsbase_by_msr, MSR_FS_BASE
BY_MSR_WRITE wrgsbase_by_msr, MSR_GS_BASE

.section .note.GNU-stack, "", @progbits
