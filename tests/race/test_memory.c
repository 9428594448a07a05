/**
 * test_memory.c - threads that race for one address space, and for words in it.
 */
#include <linux/futex.h>
#include <sys/mman.h>
#include <signal.h>
#include <sys/shm.h>

#include "tests/race/guest.h"
#include "tests/race/world.h"
#include "tests/unit/unit.h"

#define PAGES       16
#define ARENA       UINT64_C(0x30000000)
#define ARENA_BYTES (PAGES * UINT64_C(4096))
#define SOME_PAGE   (ARENA + 4096 * cpu_random(cpu, PAGES))
#define SOME_BYTES  (4096 * (1 + cpu_random(cpu, PAGES / 2)))
#define FIXED       (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)
#define SCRATCH     (DATA + 0x10000)
#define HANDLERS    DATA

/* ---- ranges ------------------------------------------------------------------------------------
 */

/* A touch of what is not mapped: steps over it by starting again. */
PROGRAM(toucher)
{
    BEGIN;
    for (;;) {
        ACCESS(cpu_store(cpu, SOME_PAGE, 1, 8));
        ACCESS(cpu_load(cpu, SOME_PAGE + 8, &f->rbx, 8));
        CALL(SYS_getrandom, SOME_PAGE, 100, 0);
        CALL(SYS_uname, SOME_PAGE + 64);
    }
    END;
}

PROGRAM(fault_handler)
{
    BEGIN;
    BECOME(toucher, 0);
    END;
}

PROGRAM(mapper)
{
    BEGIN;
    for (;;) {
        CALL(SYS_mmap, SOME_PAGE, SOME_BYTES, PROT_READ | PROT_WRITE, FIXED, -1, 0);
        CALL(SYS_munmap, SOME_PAGE, SOME_BYTES);
        CALL(SYS_mmap, SOME_PAGE, SOME_BYTES, PROT_READ | PROT_WRITE, FIXED, -1, 0);
        CALL(SYS_mprotect, SOME_PAGE, SOME_BYTES, PROT_READ | cpu_random(cpu, 2) * PROT_WRITE);
        CALL(SYS_madvise, SOME_PAGE, SOME_BYTES, MADV_DONTNEED);
        CALL(SYS_mremap, SOME_PAGE, 4096, SOME_BYTES, MREMAP_MAYMOVE);
        CALL(SYS_mremap, SOME_PAGE, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, SOME_PAGE);
        CALL(SYS_mmap, ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE, FIXED, -1, 0);
        CALL(SYS_brk, cpu_random(cpu, 2) * 0x40000000);
        CALL(SYS_mincore, ARENA, ARENA_BYTES, SCRATCH);
    }
    END;
}

PROGRAM(child_toucher)
{
    BEGIN;
    for (f->rbp = 0; f->rbp < PAGES; f->rbp++)
        CALL(SYS_getrandom, ARENA + f->rbp * 4096, 16, 0);
    CALL(SYS_exit_group, 0);
    END;
}

PROGRAM(copier)
{
    BEGIN;
    for (;;) {
        FORK(child_toucher, 0);
        CALL(SYS_wait4, -1, 0, 0, 0);
    }
    END;
}

/* struct kernel_sigaction: handler, flags, restorer, mask. The handler never returns. */
#define SET_HANDLER(signo, program, flags)                                                         \
    do {                                                                                           \
        ACCESS(cpu_store(cpu, HANDLERS, (program).address, 8));                                    \
        ACCESS(cpu_store(cpu, HANDLERS + 8, 0x04000000 | (flags), 8));                             \
        CALL(SYS_rt_sigaction, signo, HANDLERS, 0, 8);                                             \
    } while (0)

PROGRAM(map_crew)
{
    BEGIN;
    SET_HANDLER(SIGSEGV, fault_handler, SA_NODEFER);
    CALL(SYS_mmap, ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE, FIXED, -1, 0);
    THREAD(toucher, 0);
    THREAD(toucher, 0);
    THREAD(mapper, 0);
    BECOME(copier, 0);
    END;
}

PROGRAM(map_init)
{
    BEGIN;
    FORK(map_crew, 0);
    FORK(map_crew, 0);
    END_RACE(4);
    END;
}

TEST("an address space is mapped, unmapped, protected, moved and copied while it is touched")
{
    CHECK_EQUAL(world_run(&map_init), 4 << 8);
}

/* ---- shared memory
 * ------------------------------------------------------------------------------- */

PROGRAM(sharer)
{
    BEGIN;
    for (;;) {
        CALL(SYS_shmget, 7, 0x4000, IPC_CREAT | 0600);
        f->rbx = f->rax;
        CALL(SYS_shmat, f->rbx, 0, 0);
        f->rbp = f->rax;
        ACCESS(cpu_store(cpu, f->rbp, 5, 8));
        CALL(SYS_shmctl, f->rbx, IPC_STAT, SCRATCH);
        CALL(SYS_shmctl, f->rbx, cpu_random(cpu, 4) == 0 ? IPC_RMID : IPC_STAT, SCRATCH);
        CALL(SYS_shmdt, f->rbp);
        CALL(SYS_memfd_create, DATA, 0);
        f->rbx = f->rax;
        CALL(SYS_ftruncate, f->rbx, 0x4000);
        CALL(SYS_mmap, 0, 0x4000, PROT_READ | PROT_WRITE, MAP_SHARED, f->rbx, 0);
        f->rbp = f->rax;
        ACCESS(cpu_store(cpu, f->rbp, 5, 8));
        CALL(SYS_munmap, f->rbp, 0x4000);
        CALL(SYS_close, f->rbx);
    }
    END;
}

PROGRAM(share_fault)
{
    BEGIN;
    BECOME(sharer, 0);
    END;
}

PROGRAM(share_crew)
{
    BEGIN;
    SET_HANDLER(SIGSEGV, share_fault, SA_NODEFER);
    THREAD(sharer, 0);
    BECOME(sharer, 0);
    END;
}

PROGRAM(share_init)
{
    BEGIN;
    FORK(share_crew, 0);
    FORK(share_crew, 0);
    END_RACE(3);
    END;
}

TEST("segments of shared memory are made, attached, used and removed at once")
{
    CHECK_EQUAL(world_run(&share_init), 3 << 8);
}

/* ---- futexes -----------------------------------------------------------------------------------
 */

#define WORDS      4
#define WORD(base) ((base) + 4 * cpu_random(cpu, WORDS))
#define TIMEOUT    (DATA + 0x200) /* a struct timespec: 0, 1 ms */
#define SHARED     UINT64_C(0x50000000)
#define SEVERAL    (DATA + 0x500) /* WORDS struct futex_waitv, of the words of ARENA */
#define PRIVATE    (f->rbx ? 0 : FUTEX_PRIVATE_FLAG)
#define BASE       (f->rbx ? SHARED : ARENA)

PROGRAM(waiter)
{
    BEGIN;
    for (;;) {
        f->rbp = cpu_random(cpu, 2) ? TIMEOUT : 0;
        CALL(SYS_futex, WORD(BASE), FUTEX_WAIT | PRIVATE, 0, f->rbp);
        CALL(SYS_futex, WORD(BASE), FUTEX_WAIT_BITSET | PRIVATE, 0, 0, 0, 1 << cpu_random(cpu, 4));
        CALL(SYS_futex_waitv, SEVERAL, WORDS, 0, 0, 0);
    }
    END;
}

PROGRAM(waker)
{
    BEGIN;
    for (;;) {
        CALL(SYS_futex, WORD(BASE), FUTEX_WAKE | PRIVATE, cpu_random(cpu, 3));
        CALL(SYS_futex, WORD(BASE), FUTEX_WAKE_BITSET | PRIVATE, 3, 0, 0, 3);
        CALL(SYS_futex, WORD(BASE), FUTEX_REQUEUE | PRIVATE, 1, 2, WORD(BASE));
        CALL(SYS_futex, WORD(BASE), FUTEX_CMP_REQUEUE | PRIVATE, 1, 9, WORD(BASE), 0);
        CALL(SYS_futex, WORD(BASE), FUTEX_WAKE_OP | PRIVATE, 1, 1, WORD(BASE),
             FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_EQ, 0));
        CALL(SYS_sched_yield);
    }
    END;
}

/* A thread that ends with a lock that is told of in its robust list, and with a word to clear. */
PROGRAM(short_life)
{
    BEGIN;
    CALL(SYS_set_tid_address, ARENA + 4 * (f->rbx & 3));
    CALL(SYS_set_robust_list, DATA + 0x300, 24);
    CALL(SYS_gettid);
    ACCESS(cpu_store(cpu, DATA + 0x410, f->rax, 4));
    CALL(SYS_exit, 0);
    END;
}

PROGRAM(life_giver)
{
    BEGIN;
    for (f->rbp = 0;; f->rbp++) {
        THREAD(short_life, f->rbp);
        CALL(SYS_sched_yield);
    }
    END;
}

PROGRAM(futex_crew)
{
    BEGIN;
    CALL(SYS_mmap, ARENA, 4096, PROT_READ | PROT_WRITE, FIXED, -1, 0);
    ACCESS(cpu_store(cpu, TIMEOUT + 8, 1000000, 8));
    /* struct robust_list_head: one entry, whose lock word lies 16 bytes behind it. */
    ACCESS(cpu_store(cpu, DATA + 0x300, DATA + 0x400, 8));
    ACCESS(cpu_store(cpu, DATA + 0x308, 16, 8));
    ACCESS(cpu_store(cpu, DATA + 0x400, DATA + 0x300, 8));
    for (f->rbp = 0; f->rbp < WORDS; f->rbp++) {
        ACCESS(cpu_store(cpu, SEVERAL + 24 * f->rbp + 8, ARENA + 4 * f->rbp, 8));
        ACCESS(cpu_store(cpu, SEVERAL + 24 * f->rbp + 16, FUTEX_32 | FUTEX_PRIVATE_FLAG, 4));
    }
    THREAD(waiter, 0);
    THREAD(waiter, 0);
    THREAD(waiter, 1);
    THREAD(waker, 0);
    THREAD(waker, 1);
    BECOME(life_giver, 0);
    END;
}

PROGRAM(futex_init)
{
    BEGIN;
    CALL(SYS_mmap, SHARED, 4096, 3, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    FORK(futex_crew, 0);
    FORK(futex_crew, 0);
    END_RACE(2);
    END;
}

TEST("futexes are waited for, woken and requeued while threads end that hold them")
{
    CHECK_EQUAL(world_run(&futex_init), 2 << 8);
}
