/*
 * syscall_entry.S - the way in by `syscall` and the ways back to user level.
 *
 * `syscall` leaves rip in rcx and rflags in r11 and clears what FMASK says. User level expects
 * its stack pointer and TLS base back, and message and result in registers; the rest is lost to it,
 * so the kernel clears what it used. The fast path runs without a stack: rsp is still the user's.
 */
#include "kernel/arch/x86_64/entry.inc"

.section .text.entry, "ax"

/* What fast.c expects: handle in rbp, its upper half in rax, the thread in r11. */
.macro SAVE_CALLER
    mov %gs:CPU_CURRENT, %r11
    mov %rcx, THREAD_PC(%r11)
    mov %rsp, THREAD_SP(%r11)
    mov %rax, %rbp
    shr $32, %rax
.endm

/* sysret takes rip from rcx and rflags from r11. Clears what does not carry a message. */
.macro RETURN_TO_USER thread
    mov THREAD_PC(\thread), %rcx
    mov THREAD_SP(\thread), %rsp
    mov $FLAGS_USER, %r11d
    xor %ebp, %ebp
    xor %r14d, %r14d
    xor %r15d, %r15d
    swapgs
    sysretq
.endm

.balign 64
.global syscall_entry
syscall_entry:
    swapgs
    cmpw $0, %gs:CPU_SPECIAL
    jne syscall_special
    SAVE_CALLER
    jz fast_call
    jmp fast_reply_wait

/* From the fast path: r15 = the thread that goes on, rax = its result. */
.global fast_exit, fast_exit_self
fast_exit:
    LOAD_SPACE %r15
fast_exit_self:
    RETURN_TO_USER %r15

/* From a guest, or from a thread with live vector registers: unless it stays, somebody has to
 * close them, which the fast path does not do. */
syscall_special:
    cmpb $0, %gs:CPU_IN_GUEST
    jne guest_syscall
    SAVE_CALLER
    jnz syscall_slow
    test $OP_SIGNAL, %bpl
    jnz fast_call

/* Not the common case. The handle is in rbp, tag and words are where user level put them. */
.global syscall_slow
syscall_slow:
    cmp $SYSCALL_ENTER, %rbp
    je guest_enter_short
.global syscall_long
syscall_long:
    mov %gs:CPU_CURRENT, %r11
    mov %gs:CPU_STACK_TOP, %rsp
    mov %r14, THREAD_DEADLINE(%r11)
    mov %rbx, THREAD_TAG(%r11)
    mov %rdi, THREAD_WORDS(%r11)
    mov %rsi, THREAD_WORDS + 8(%r11)
    mov %rdx, THREAD_WORDS + 16(%r11)
    mov %r10, THREAD_WORDS + 24(%r11)
    mov %r8, THREAD_WORDS + 32(%r11)
    mov %r9, THREAD_WORDS + 40(%r11)
    mov %r12, THREAD_WORDS + 48(%r11)
    mov %r13, THREAD_WORDS + 56(%r11)
    mov %rbp, %rdi
    call trap_syscall
    jmp exit_to_user

/* A signal wakes somebody: r15 = its slot, the kernel lock is held, no message is to be saved. */
.global syscall_signal
syscall_signal:
    mov %gs:CPU_STACK_TOP, %rsp
    mov %r15, %rdi
    call trap_signal

/* Continue cpu->current at user level. */
.global exit_to_user
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
    mov THREAD_TAG(%rbp), %rbx
    mov THREAD_WORDS(%rbp), %rdi
    mov THREAD_WORDS + 8(%rbp), %rsi
    mov THREAD_WORDS + 16(%rbp), %rdx
    mov THREAD_WORDS + 24(%rbp), %r10
    mov THREAD_WORDS + 32(%rbp), %r8
    mov THREAD_WORDS + 40(%rbp), %r9
    mov THREAD_WORDS + 48(%rbp), %r12
    mov THREAD_WORDS + 56(%rbp), %r13
    RETURN_TO_USER %rbp

/* The vector registers hold this thread's state: it may use them. */
exit_owner:
    cmpb $0, %gs:CPU_VECTOR_OPEN
    jne exit_load
    clts
    movb $1, %gs:CPU_VECTOR_OPEN
    jmp exit_load

/* They hold somebody else's. */
exit_close:
    call vector_close
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
    mov SAVED_RIP(%rbp), %rax
    shr $47, %rax
    jnz exit_astray
exit_frame:
    push $SELECTOR_USER_DATA
    pushq SAVED_RSP(%rbp)
    pushq SAVED_RFLAGS(%rbp)
    push $SELECTOR_USER_CODE
    pushq SAVED_RIP(%rbp)
    LOAD_REGISTERS SAVED, %rbp
    mov SAVED_RCX(%rbp), %rcx
    mov SAVED_R11(%rbp), %r11
    mov SAVED_R15(%rbp), %r15
    mov SAVED_RBP(%rbp), %rbp
    swapgs
    iretq

exit_astray:
    movabs $USER_LIMIT, %rax
    mov %rax, SAVED_RIP(%rbp)
    jmp exit_frame

/* Interrupted in its guest: back into it. */
exit_guest:
    movw $0, THREAD_FULL(%rbp)
    movb $1, %gs:CPU_IN_GUEST
    mov THREAD_GUEST_ROOT(%rbp), %rax
    cmp %gs:CPU_ROOT_LOADED, %rax
    je 1f
    mov %rax, %cr3
1:  mov THREAD_ROOT(%rbp), %rax
    mov %rax, %gs:CPU_ROOT_LOADED
    mov SAVED_FS_BASE(%rbp), %rax
    WRITE_FS_BASE rax
    mov SAVED_GS_BASE(%rbp), %rax
    swapgs
    WRITE_USER_GS_BASE rax
    swapgs
    jmp exit_saved

.section .note.GNU-stack, "", @progbits
