/*
 * signal.h - sending, keeping, choosing and delivering signals.
 *
 * Everything here is under process_mutex unless a comment says otherwise. WORK_SIGNAL in a thread's
 * work word means "look": it is set by whoever makes a signal deliverable to the thread and cleared
 * only by the thread itself, after it has looked under the lock.
 */
#pragma once

#include "servers/linux/process.h"

#define SIG_DFL 0
#define SIG_IGN 1

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1 << 31)

#define SI_USER   0
#define SI_KERNEL 0x80
#define SI_QUEUE  (-1)
#define SI_TIMER  (-2)
#define SI_TKILL  (-6)

#define ILL_ILLOPC  1
#define ILL_ILLOPN  2
#define ILL_ILLTRP  4
#define FPE_INTDIV  1
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define BUS_OBJERR  3
#define TRAP_BRKPT  1
#define TRAP_TRACE  2

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

/* What a call that was interrupted returns to the dispatcher; see base.h for the first two. */
#define ERESTARTNOINTR 513 /* always restart */

enum signal_default { DEFAULT_TERMINATE, DEFAULT_IGNORE, DEFAULT_STOP, DEFAULT_CONTINUE };
enum signal_default signal_default_action(int signo);

/* ---- sets (signal_set.c; no lock of their own) ------------------------------------------- */

/* Adds an entry; a standard signal that is pending already is merged. Takes over `entry`; returns
   it (or NULL) when it was not needed. `entry` may be NULL: the signal is noted without details. */
struct signal_entry *signal_set_add(struct signal_pending_set *pending, struct signal_entry *entry,
                                    int signo);

/* The signal of `wanted` to take first: faults before others, then the lowest. 0 if none. */
int signal_set_first(const struct signal_pending_set *pending, signal_set_t wanted);

/* Removes one occurrence of a pending signal; returns its entry, or NULL if it had no details. */
struct signal_entry *signal_set_take(struct signal_pending_set *pending, int signo);

/* ---- sending ----------------------------------------------------------------------------------
 */

/* To a process: any thread may take it. 0, or -EAGAIN when a queue is full. */
int signal_send_to_process(struct process *process, const struct signal_info *info);

/* Tells a process that its terminal or its shell is gone: SIGHUP, and SIGCONT so that it hears of
   it although stopped. Both under one hold of the lock: who handles both finds both pending, on
   every processor, as after Linux's. */
void signal_hang_up(struct process *process);
int signal_send_to_thread(struct thread *thread, const struct signal_info *info);

/* A signal that the current thread cannot escape (a fault): unblocked and, if ignored or blocked,
   reset to its default action. Takes process_mutex. */
void signal_force(const struct signal_info *info);

/* For the current process: 0, -EPERM (kill(2) has the rule), or as above; signal 0 only asks.
   `thread` NULL: to the whole process. */
int signal_send_by_user(struct process *process, struct thread *thread,
                        const struct signal_info *info);

/* kill() with pid, -group, -1. Takes process_mutex. */
int signal_kill(int target, const struct signal_info *info);

struct signal_info signal_info_from_current(int signo, int code);

/* Frees what was taken from a pending set; entry may be NULL. */
void signal_entry_free(struct signal_entry *entry);
void signal_pending_clear(struct signal_pending_set *pending, signal_set_t which);

/* Sets or clears WORK_SIGNAL of a thread as its pending signals and mask demand. */
void signal_recalculate(struct thread *thread);

/* The current thread changes its mask; signals that it now blocks are offered to its siblings. */
void signal_set_blocked(struct thread *thread, signal_set_t blocked);

/* A thread is about to end: what only it was woken for is offered to its siblings. */
void signal_retarget(struct thread *thread);

/* A signal has become pending: wakes who reads or polls a signalfd. */
void signalfd_tell(void);

/* ---- delivering: the current thread, before it goes back to its guest ---------------------------
 */

/* Looks for work and does it: stops, ends (does not return), sets up handlers, restarts. */
void signal_work(struct thread *thread);

/* Takes the next signal out of `wanted`. false if there is none. Caller holds process_mutex. */
bool signal_dequeue(struct thread *thread, signal_set_t wanted, struct signal_info *info);

/* ---- handler frames on the guest's stack (arch/ARCH/signal_frame.c) -------------------------- */

#define SIGINFO_BYTES 128

/* 0 or -EFAULT (the stack is not writable). */
MUST_USE int signal_frame_push(struct thread *thread, const struct linux_sigaction *action,
                               const struct signal_info *info, signal_set_t mask_to_save);
/* rt_sigreturn: the result, or the process gets SIGSEGV. */
long signal_frame_pop(struct thread *thread);

/* siginfo_t as the guest sees it, and back (rt_sigqueueinfo). */
void signal_info_encode(const struct signal_info *info, uint8_t out[SIGINFO_BYTES]);
#define SIGNALFD_INFO_BYTES 128
void signal_info_encode_fd(const struct signal_info *info, uint8_t out[SIGNALFD_INFO_BYTES]);
void signal_info_decode(struct signal_info *info, const uint8_t in[SIGINFO_BYTES]);

/* ---- actions ------------------------------------------------------------------------------------
 */

struct signal_actions *signal_actions_create(const struct signal_actions *from); /* or NULL */
struct signal_actions *signal_actions_get(struct signal_actions *actions);
void signal_actions_put(struct signal_actions *actions);
void signal_actions_reset(struct signal_actions *actions); /* execve: handlers become default */
