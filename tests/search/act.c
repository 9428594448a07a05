/**
 * act.c - one action in the machine, with the oracle watching.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>

#include "abi/guest.h"
#include "kernel/cpu.h"
#include "kernel/panic.h"
#include "lib/base/check.h"
#include "tests/oracle/oracle.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define NO_CHANCE 100000u /* more than any action has */

enum { JUMP_CHECK = 1, JUMP_SLEEP = 2, JUMP_DOZE = 3 };

static sigjmp_buf out;
static unsigned chances;
static uint32_t interrupting_line;
static bool inside;
static char failed_check[256];
static struct oracle *watching;

/* An ASSERT of the core, or its panic. */
void check_failed(const char *file, int line, const char *what)
{
    snprintf(failed_check, sizeof failed_check, "%s:%d: %s", file, line, what);
    if (!inside) {
        printf("Bail out! %s\n", failed_check);
        __builtin_trap();
    }
    siglongjmp(out, JUMP_CHECK);
}

/* The core crashed, or does not come back. */
static void caught(int number)
{
    if (!inside) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    snprintf(failed_check, sizeof failed_check, "%s",
             number == SIGALRM ? "the kernel does not come back" : "the kernel crashed");
    siglongjmp(out, JUMP_CHECK);
}

void act_watch(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGALRM};
    struct sigaction old;
    struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};
    for (unsigned i = 0; i < ARRAY_LENGTH(numbers); i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL); /* a sanitizer has its own, which says more */
}

/* Nobody can run: the machine sleeps until its timer. Who has given all his time away is looked at
 * in each period, for ever: that is no state either. */
static void sleep_until_timer(void)
{
    if (host_timer == NANOS_NEVER)
        siglongjmp(out, JUMP_SLEEP);
    if (watching->count_sleeps == ORACLE_SLEEPS_MAX)
        siglongjmp(out, JUMP_DOZE);
    if (host_now < host_timer)
        host_now = host_timer;
    oracle_slept(watching, 0);
}

/* What waits already is found without sleeping. */
static void sleep_for_no_time(void)
{
    if (watching->count_sleeps == ORACLE_SLEEPS_MAX)
        siglongjmp(out, JUMP_DOZE);
    oracle_slept(watching, 0);
}

bool act_possible(const struct action *action)
{
    const struct arch_context *context = &cpu_first.current->context;
    bool broken_off = context->restart_handle != 0;
    switch (action->kind) {
    case ACTION_RESTART:
        return broken_off;
    case ACTION_TIME:
        return true;
    case ACTION_TURN:
        return cpu_first.ready_rank == sched_current_rank(&cpu_first) &&
               cpu_first.slice_end > host_now;
    case ACTION_LINE:
        return true;
    case ACTION_GUEST_EXIT:
        return context->in_guest;
    default:
        return !broken_off && !context->in_guest;
    }
}

static nanos_t deadline_of(const struct action *action)
{
    bool relative = action->deadline != DEADLINE_POLL && action->deadline != DEADLINE_NEVER;
    return relative ? host_now + action->deadline : action->deadline;
}

static void let_time_go(nanos_t until)
{
    host_now = until < host_timer ? until : host_timer > host_now ? host_timer : host_now;
}

static void prepare(const struct action *action, struct oracle_event *event)
{
    struct thread *current = cpu_first.current;
    *event = (struct oracle_event){.kind = ORACLE_INTERRUPT};
    switch (action->kind) {
    case ACTION_CALL:
        event->kind = ORACLE_SYSCALL;
        event->handle = action->handle;
        event->deadline = deadline_of(action);
        event->registers.tag = action->tag;
        for (unsigned i = 0; i < MESSAGE_WORDS; i++)
            event->registers.words[i] = action->words[i];
        break;
    case ACTION_RESTART:
        event->kind = ORACLE_SYSCALL;
        event->handle = current->context.restart_handle;
        event->deadline = current->deadline_ns;
        event->registers = current->context.seen;
        current->context.restart_handle = 0;
        break;
    case ACTION_FAULT:
        event->kind = ORACLE_FAULT;
        event->registers = (struct message){.tag = TAG(action->tag, 4)};
        break;
    case ACTION_TIME:
        let_time_go(host_now + action->words[0]);
        break;
    case ACTION_TURN:
        let_time_go(cpu_first.slice_end);
        break;
    case ACTION_LINE:
        host_irq_raise((uint32_t)action->words[0]);
        event->lines = 1ull << action->words[0];
        break;
    case ACTION_GUEST_EXIT:
        event->kind = ORACLE_GUEST_EXIT;
        event->registers = (struct message){.tag = TAG(GUEST_EXIT_SYSCALL, 0)};
        break;
    }
}

/* Somebody could run in the model, while the machine sleeps for ever. */
static bool somebody_ready(const struct oracle *oracle)
{
    for (int i = 0; i < oracle->count_objects; i++)
        if (oracle->objects[i].type == OBJECT_THREAD && oracle->objects[i].state == THREAD_READY)
            return true;
    return false;
}

static void raise_line(void)
{
    host_irq_raise(interrupting_line);
    oracle_raised(watching, 1ull << interrupting_line);
}

static void raise_nothing(void) {}

/* From here to the end of the action. */
static void arrange(struct interruption where)
{
    host_window_every = 0;
    host_window_countdown = where.chance == 0 ? NO_CHANCE : where.chance;
    host_window_hook = where.line == 0 ? raise_nothing : raise_line;
    interrupting_line = where.line - 1;
}

unsigned act_chances(void) { return chances; }

enum act_end act_perform(const struct action *action, struct interruption where,
                         struct oracle *oracle, const char **reason)
{
    struct oracle_event event;
    int jump = 0;
    watching = oracle;
    host_idle_hook = sleep_until_timer;
    host_idle_pending_hook = sleep_for_no_time;
    prepare(action, &event);
    arrange(where);
    host_fast_enabled = !action->slow;
    oracle_begin(oracle, &event);
    inside = true;
    jump = sigsetjmp(out, 0);
    if (jump == 0)
        box_perform(&event);
    inside = false;
    chances = NO_CHANCE - host_window_countdown;
    host_window_countdown = 0;
    if (jump == JUMP_CHECK) {
        *reason = failed_check;
        return ACT_WRONG;
    }
    *reason = oracle_end(oracle);
    if (*reason == NULL && jump == JUMP_SLEEP && somebody_ready(oracle))
        *reason = "the machine sleeps for ever, but somebody could run";
    if (*reason != NULL)
        return ACT_WRONG;
    return jump != 0 ? ACT_SLEEPS : ACT_DONE;
}

void act_print(const struct action *action, struct interruption where)
{
    printf("#   thread at +0x%" PRIxPTR ": %s",
           (uintptr_t)cpu_first.current - (uintptr_t)host_ram(HOST_RAM_BASE), action->name);
    if (action->kind == ACTION_CALL)
        printf(" handle slot %" PRIu64 " op %" PRIu64, action->handle >> HANDLE_OP_BITS,
               action->handle & HANDLE_OP_MASK);
    for (unsigned i = 0; i < action->count_words; i++)
        printf("%s0x%" PRIx64, i == 0 ? " (" : ", ", action->words[i]);
    if (action->count_words > 0)
        printf(")");
    if (action->tag != 0)
        printf(" tag 0x%" PRIx64, action->tag);
    if (action->deadline != 0 && action->deadline != DEADLINE_NEVER)
        printf(" deadline +%" PRIu64, action->deadline);
    if (action->slow)
        printf(", on the slow path");
    if (where.chance != 0)
        printf(", an interrupt at chance %u", where.chance);
    if (where.line != 0)
        printf(" of line %u", where.line - 1);
}

void act_print_result(const struct oracle *oracle)
{
    const struct thread *self = oracle->self_raw;
    if (self->context.restart_handle != 0)
        printf(" -> broken off\n");
    else if (self->state == THREAD_READY)
        printf(" -> 0x%" PRIx64 "\n",
               self->context.in_syscall ? self->result : self->context.seen_result);
    else
        printf(" -> state %u\n", self->state);
}
