/*
 * signal_set.c - sets of pending signals, actions, default actions. No locks, no current thread.
 */
#include "lib/base/bits.h"
#include "servers/linux/signal.h"

/* Faults of the thread itself come before anything else (as Linux does). */
#define SIGNALS_SYNCHRONOUS                                                                        \
    (signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGTRAP) |         \
     signal_bit(SIGFPE) | signal_bit(SIGSYS))

enum signal_default signal_default_action(int signo)
{
    switch (signo) {
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
        return DEFAULT_IGNORE;
    case SIGCONT:
        return DEFAULT_CONTINUE;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return DEFAULT_STOP;
    default:
        return DEFAULT_TERMINATE;
    }
}

struct signal_entry *signal_set_add(struct signal_pending_set *pending, struct signal_entry *entry,
                                    int signo)
{
    bool merged = signo < SIGNAL_FIRST_REALTIME && (pending->set & signal_bit(signo));
    pending->set |= signal_bit(signo);
    if (!entry || merged)
        return entry;
    list_push_back(&pending->entries, &entry->link);
    return NULL;
}

int signal_set_first(const struct signal_pending_set *pending, signal_set_t wanted)
{
    signal_set_t ready = pending->set & wanted;
    if (ready == 0)
        return 0;
    signal_set_t faults = ready & SIGNALS_SYNCHRONOUS;
    return (int)bits_lowest(faults ? faults : ready) + 1;
}

struct signal_entry *signal_set_take(struct signal_pending_set *pending, int signo)
{
    struct signal_entry *taken = NULL;
    bool more = false;

    list_for_each (link, &pending->entries) {
        struct signal_entry *entry = list_entry(link, struct signal_entry, link);
        if (entry->info.signo != signo)
            continue;
        if (taken) {
            more = true;
            break;
        }
        taken = entry;
    }
    if (taken)
        list_remove(&taken->link);
    if (!more)
        pending->set &= ~signal_bit(signo);
    return taken;
}

struct signal_actions *signal_actions_create(const struct signal_actions *from)
{
    struct signal_actions *actions = heap_alloc(sizeof(*actions));
    if (!actions)
        return NULL;
    if (from)
        *actions = *from;
    actions->refs = 1;
    return actions;
}

struct signal_actions *signal_actions_get(struct signal_actions *actions)
{
    __atomic_fetch_add(&actions->refs, 1, __ATOMIC_RELAXED);
    return actions;
}

void signal_actions_put(struct signal_actions *actions)
{
    if (__atomic_sub_fetch(&actions->refs, 1, __ATOMIC_ACQ_REL) == 0)
        heap_free(actions);
}

void signal_actions_reset(struct signal_actions *actions)
{
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        uint64_t handler = actions->action[i].handler == SIG_IGN ? SIG_IGN : SIG_DFL;
        actions->action[i] = (struct linux_sigaction){.handler = handler};
    }
}
