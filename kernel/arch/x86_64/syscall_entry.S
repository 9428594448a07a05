/*
 * syscall_entry.S - the way in by `syscall` and the ways back to user level.
 *
 * `syscall` leaves rip in rcx and rflags in r11 and clears what FMASK says. User level expects
 * its stack pointer and TLS base back, and message and result in registers; the rest is lost to it,
 * so the kernel clears what it used. The fast path runs without a stack: rsp is still the user's.
 */
#include "kernel/arch/x86_64/entry.inc"

.section .text.entry, "ax"
.global syscall_entry, syscall_entry_end, syscall_slow, syscall_long, syscall_signal
.global fast_exit_self, fast_exit_faulted, exit_to_user

/* What fast.c expects: the handle in rax, the thread in r11. */
.macro SAVE_CALLER
    mov %gs:CPU_CURRENT, %r11
    mov %rcx, THREAD_PC(%r11)
    mov %rsp, THREAD_SP(%r11)
.endm

/* sysret takes rip from rcx and rflags from r11. Clears what does not carry a message. */
.macro LEAVE
    mov $FLAGS_USER, %r11d
    xor %ebp, %ebp
    xor %r15d, %r15d
    swapgs
    sysretq
.endm

/* r11 itself goes on, whose space, TLS base and stack are still there. */
fast_exit_self:
    mov THREAD_PC(%r11), %rcx
    LEAVE

/* From a guest, or from a thread with live vector registers: unless it stays, somebody has to
 * close them, which the fast path does not do. It stays after a signal, whose bit the receives have
 * too: for such a thread, which is no Endpoint's server, the fast path only polls. */
syscall_special:
    cmpb $0, %gs:CPU_IN_GUEST
    jne guest_syscall
    SAVE_CALLER
    test $OP_SIGNAL, %al
    jnz fast_entry

/* Not the common case. The handle is in rax, tag and words are where user level put them. */
syscall_slow:
    mov %rax, %rbp
    cmp $SYSCALL_ENTER, %ebp
    je guest_enter_short
syscall_long:
    mov %gs:CPU_CURRENT, %r11
    mov %gs:CPU_STACK_TOP, %rsp
    STORE MESSAGE, %r11, rbx, rdi, rsi, rdx, r10, r8, r9, r12, r13, r14
    mov %rbp, %rdi
    call trap_syscall
    jmp exit_to_user

/* A signal wakes somebody: r15 = its slot, the kernel lock is held, no message is to be saved. */
syscall_signal:
    mov %gs:CPU_STACK_TOP, %rsp
    mov %r15, %rdi
    call trap_signal
    jmp exit_to_user

/* From the fast path: the fault of r15, the current thread, was answered by the message. */
fast_exit_faulted:
    mov %gs:CPU_STACK_TOP, %rsp
    test $TAG_COUNT_MASK, %ebx
    jz exit_to_user
    mov %rdi, SAVED + FRAME_rip(%r15)

/* Continue cpu->current at user level. */
exit_to_user:
    mov %gs:CPU_CURRENT, %rbp
    cmp %gs:CPU_VECTOR_OWNER, %rbp
    je exit_owner
    cmpb $0, %gs:CPU_VECTOR_OPEN
    jne exit_close
exit_load:
    cmpb $0, THREAD_FULL(%rbp)
    jne exit_full
    LOAD_SPACE %rbp
    mov THREAD_RESULT(%rbp), %rax
    LOAD MESSAGE, %rbp, rbx, rdi, rsi, rdx, r10, r8, r9, r12, r13
    mov THREAD_PC(%rbp), %rcx
    mov THREAD_SP(%rbp), %rsp
    xor %r14d, %r14d
    LEAVE

/* The vector registers hold this thread's state: it may use them. */
exit_owner:
    cmpb $0, %gs:CPU_VECTOR_OPEN
    jne exit_load
    clts
    movb $1, %gs:CPU_VECTOR_OPEN
    jmp exit_load

/* They hold somebody else's. */
exit_close:
    mov %cr0, %rax
    or $CR0_TS, %rax
    mov %rax, %cr0
    movb $0, %gs:CPU_VECTOR_OPEN
    jmp exit_load

/* All registers were saved: by an interrupt, a fault, or at the start. */
exit_full:
    cmpb $0, THREAD_GUEST(%rbp)
    jne exit_guest
    movb $0, THREAD_FULL(%rbp)
    LOAD_SPACE %rbp
exit_saved:
    /* Some processors let an interrupt in between a jump to a non-canonical address and its fault;
     * iretq would fault in the kernel there. Such a thread goes on where nothing is mapped. */
    mov SAVED + FRAME_rip(%rbp), %rax
    shr $47, %rax
    jz 1f
    movabs $USER_LIMIT, %rax
    mov %rax, SAVED + FRAME_rip(%rbp)
1:  push $SELECTOR_USER_DATA
    pushq SAVED + FRAME_rsp(%rbp)
    pushq SAVED + FRAME_rflags(%rbp)
    push $SELECTOR_USER_CODE
    pushq SAVED + FRAME_rip(%rbp)
    LOAD SAVED, %rbp, rax, rbx, rcx, rdx, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rbp
    swapgs
    iretq

/* Interrupted in its guest: back into it. */
exit_guest:
    mov THREAD_GUEST_ROOT(%rbp), %rax
    movw $0, THREAD_FULL(%rbp)
    movb $1, %gs:CPU_IN_GUEST
    mov %cr3, %rcx
    cmp %rax, %rcx
    je 1f
    mov %rax, %cr3
1:  mov SAVED + FRAME_fs_base(%rbp), %rax
    wrfsbase %rax
    mov SAVED + FRAME_gs_base(%rbp), %rax
    swapgs
    wrgsbase %rax
    swapgs
    jmp exit_saved

/* Behind it the linker puts fast_entry (kernel.ld). */
.section .text.syscall_entry, "ax"
.balign 64
syscall_entry:
    swapgs
    cmpw $0, %gs:CPU_IN_GUEST /* and CPU_VECTOR_OPEN behind it */
    jne syscall_special
    SAVE_CALLER
syscall_entry_end:
