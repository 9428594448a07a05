/*
 * fast.h - what the fast paths share whose ports keep the lock and a constant in registers. A
 * port/fast.h includes it when it has said which: fast_held, LOCK_HELD, and fast_standing.
 */
#pragma once

#define FAST_OFFSET(name, field) [name] "i"(offsetof(struct thread, field))

/* What @branch, an instruction that may jump to %l[yes], finds out about fast_standing. The
 * compiler would copy it to ask. */
#define FAST_STANDING(branch)                                                                      \
    ({                                                                                             \
        __label__ yes, end;                                                                        \
        bool answer = false;                                                                       \
        __asm__ goto(branch : : "r"(fast_standing), "i"(-FLOOR_HEARD) : FAST_ASKS : yes);          \
        goto end;                                                                                  \
    yes:                                                                                           \
        answer = true;                                                                             \
    end:                                                                                           \
        answer;                                                                                    \
    })

/* Words of a Notification have a standing, or a floor, of their own (ipc.h). */
#define fast_is_free(fast)  ((void)(fast), FAST_STANDING(FAST_IF_ZERO))
#define fast_is_heard(fast) ((void)(fast), FAST_STANDING(FAST_IF_HEARD))

/* THREAD_READY, once the lock is taken. */
static ALWAYS_INLINE uint32_t fast_ready(void)
{
    STATIC_ASSERT((int)THREAD_READY == (int)LOCK_HELD, "one register has both");
    return (uint32_t)fast_held;
}

/* A load is shorter here than the address of thread_nobody. Another processor may be deleting the
 * caller: what is there then is no floor, but either answer is right, for nobody is served. */
static ALWAYS_INLINE bool fast_serves_nobody(const struct thread *self)
{
    return self->caller->floor < 0;
}
