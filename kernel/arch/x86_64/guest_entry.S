/*
 * guest_entry.S - `enter` and a guest's system call, without lock, without stack, without C.
 *
 * Whatever is unusual goes the long way (kernel/guest.c, guest.c): a kick, no guest, a register
 * set that sysret cannot load. Each field of the frame is read once. The guest's registers that
 * carry nothing stay as they are: they are no secret from its server, which has them in the frame.
 * The core takes a thread out of its guest before guest Space or frame go away, so both are there
 * when the guest comes back.
 */
#include "kernel/arch/x86_64/entry.inc"

#define ADDRESS_BITS 47

.section .text.entry, "ax"
.global guest_enter_short, guest_syscall

/* From syscall_slow: the thread's pc and sp are saved, the handle is in rbp. */
guest_enter_short:
    mov %gs:CPU_CURRENT, %r11
    testb $SLOW_KICKED, THREAD_SLOW_WORD(%r11)
    jnz syscall_long
    mov THREAD_FRAME(%r11), %r15
    test %r15, %r15
    jz syscall_long
    mov THREAD_GUEST_ROOT(%r11), %rdx
    test %rdx, %rdx
    jz syscall_long
    mov FRAME_rip(%r15), %rcx
    mov FRAME_fs_base(%r15), %rax
    mov FRAME_gs_base(%r15), %rsi
    mov %rcx, %rdi
    or %rax, %rdi
    or %rsi, %rdi
    shr $ADDRESS_BITS, %rdi
    jnz syscall_long
    mov FRAME_rflags(%r15), %r11d
    and $GUEST_FLAGS, %r11d
    or $FLAGS_USER, %r11d
    cmp FRAME_rcx(%r15), %rcx /* sysret takes rip from rcx and rflags from r11 */
    jne syscall_long
    cmp FRAME_r11(%r15), %r11
    jne syscall_long
    movb $1, %gs:CPU_IN_GUEST
    mov %rdx, %cr3
    wrfsbase %rax
    swapgs
    wrgsbase %rsi
    LOAD 0, %r15, rax, rbx, rdx, rsi, rdi, r8, r9, r10, r12, r13, r14, rbp, rsp, r15
    sysretq

/* From the entry: all registers are the guest's. The server's thread returns from `enter`. */
guest_syscall:
    mov %r15, %gs:CPU_SCRATCH_R15
    mov %gs:CPU_CURRENT, %r15
    mov THREAD_FRAME(%r15), %r15
    STORE 0, %r15, rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14
    mov %rcx, FRAME_rip(%r15)
    mov %r11, FRAME_rflags(%r15)
    mov %gs:CPU_SCRATCH_R15, %rax
    mov %rax, FRAME_r15(%r15)
    rdfsbase %rax
    mov %rax, FRAME_fs_base(%r15)
    movb $0, %gs:CPU_IN_GUEST
    mov %gs:CPU_CURRENT, %rcx
    mov THREAD_ROOT(%rcx), %rax
    mov %rax, %cr3
    mov THREAD_TLS(%rcx), %rax
    wrfsbase %rax
    mov THREAD_SP(%rcx), %rsp
    mov THREAD_PC(%rcx), %rcx
    mov $EXIT_TAG_SYSCALL, %ebx
    mov $FLAGS_USER, %r11d
    swapgs
    rdgsbase %rax
    mov %rax, FRAME_gs_base(%r15)
    xor %eax, %eax
    xor %r15d, %r15d
    sysretq
