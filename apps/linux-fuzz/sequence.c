/*
 * sequence.c - see sequence.h. With all signals blocked, in memory of its own, so that nothing that
 * an actor has done to itself counts.
 */
#include "apps/linux-fuzz/sequence.h"

#include <linux/rseq.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>

#include "apps/linux-fuzz/raw.h"
#include "apps/linux-fuzz/report.h"

#define ADDITIONS  600
#define AREA_BYTES 32 /* of struct rseq, as it first was */
#define PAGE       4096

/* What both processes see. */
struct sums {
    uint64_t total;    /* by sequences */
    uint64_t added[2]; /* by each, as it counts them itself */
};

/* One process's own page. */
struct own {
    struct rseq_cs sequence;
    uint64_t area[AREA_BYTES / sizeof(uint64_t)] __attribute__((aligned(AREA_BYTES)));
};

/* Adds 1 to *total so often, each time in the sequence; how many additions were committed. An
   aborted one is tried no more. */
uint64_t sequence_add(uint64_t *total, const struct rseq_cs *sequence, uint64_t *area,
                      uint64_t times);
__asm__(".pushsection .text\n"
        ".globl sequence_add\n"
        ".type sequence_add, @function\n"
        "sequence_add:\n"
        "    xorl %eax, %eax\n"
        "1:  movq %rsi, 8(%rdx)\n"
        "sequence_start:\n"
        "    movq (%rdi), %r8\n"
        "    movl $20, %r9d\n"
        "2:  decl %r9d\n"
        "    jnz 2b\n"
        "    incq %r8\n"
        "    movq %r8, (%rdi)\n"
        "sequence_end:\n"
        "    incq %rax\n"
        "3:  decq %rcx\n"
        "    jnz 1b\n"
        "    ret\n"
        "    .byte 0x0f, 0xb9, 0x3d\n" /* ud1: the signature is an operand, should this be run */
        "    .long 0x53053053\n"
        "sequence_abort:\n"
        "    jmp 3b\n"
        ".size sequence_add, . - sequence_add\n"
        ".popsection\n");
extern const char sequence_start[], sequence_end[], sequence_abort[];

static void *fresh_page(int sharing)
{
    long at = RAW(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, (uint64_t)(sharing | MAP_ANONYMOUS),
                  UINT64_MAX, 0);
    return at > 0 ? (void *)at : NULL;
}

/* The C library has registered an area of its own, in the memory of its thread. */
static void leave_library_area(void)
{
    uint64_t base;

    __asm__ volatile("rdfsbase %0" : "=r"(base));
    RAW(SYS_rseq, base + (uint64_t)__rseq_offset, AREA_BYTES, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

static void spoil(struct random *random, struct own *own)
{
    uint64_t *words = (uint64_t *)own;

    if (random_percent(random, 50))
        words[random_below(random, sizeof(own->sequence) / sizeof(*words))] = random_number(random);
    else
        own->sequence.abort_ip += random_below(random, 64) - 32;
}

static void add(struct sums *sums, struct own *own, unsigned index)
{
    sums->added[index] = sequence_add(&sums->total, &own->sequence, own->area, ADDITIONS);
}

/* In the child: a second one adds as well; when both have done so the sum is looked at. */
static void both_add(struct random *random)
{
    struct sums *sums = fresh_page(MAP_SHARED);
    struct own *own = fresh_page(MAP_PRIVATE);
    const bool spoilt = random_percent(random, 30);
    int status = -1;

    if (!sums || !own)
        return;
    own->sequence = (struct rseq_cs){
        .start_ip = (uint64_t)sequence_start,
        .post_commit_offset = (uint64_t)(sequence_end - sequence_start),
        .abort_ip = (uint64_t)sequence_abort,
    };
    leave_library_area();
    if (RAW(SYS_rseq, (uint64_t)own->area, AREA_BYTES, 0, RSEQ_SIG) != 0)
        return;
    if (spoilt)
        spoil(random, own);
    long second = RAW(SYS_fork, 0);
    add(sums, own, second == 0);
    if (second == 0)
        RAW(SYS_exit_group, 0);
    if (second > 0 && RAW(SYS_wait4, (uint64_t)second, (uint64_t)&status, 0, 0) == second &&
        status == 0 && !spoilt && sums->total != sums->added[0] + sums->added[1])
        report_find("a restartable sequence", "an addition is lost", sums->total, sums->added[0],
                    sums->added[1]);
}

void sequence_in_child(struct random *random)
{
    const uint64_t all = UINT64_MAX;

    if (RAW(SYS_fork, 0) != 0)
        return;
    RAW(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (uint64_t)&all, 0, sizeof(all));
    both_add(random);
    RAW(SYS_exit_group, 0);
}
