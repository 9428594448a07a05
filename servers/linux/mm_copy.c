/*
 * mm_copy.c - between server memory and a guest: translated through the mm's own table, page by
 * page, under its mutex, so that nothing can be unmapped while it is copied.
 *
 * An entry's ENTRY_READ and ENTRY_WRITE say that the guest itself could do the access right now;
 * everything else goes through the fault path first.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/fault.h"
#include "servers/linux/mm.h"
#include "servers/linux/thread.h"

/* Where the server sees a guest's byte, if the guest itself could do the access right now and its
   leaf of the table is at hand; else NULL. Caller holds the mutex. */
static inline char *reach_now(struct mm *mm, uint64_t address, unsigned need)
{
    const uint64_t number = address >> PAGE_SHIFT;
    const mm_entry_t *leaf = mm_table_cached(&mm->table, number >> TABLE_BITS);
    if (UNLIKELY(!leaf))
        return NULL;
    mm_entry_t entry = leaf[number % TABLE_SLOTS];
    return entry & need ? (char *)page_data(entry_page(entry)) + address % PAGE_BYTES : NULL;
}

/* Both words are read before one is written: they may overlap. */
static inline void copy_two_words(char *to, const char *from, size_t bytes)
{
    const size_t last = bytes - sizeof(uint64_t);
    uint64_t head, tail;

    memcpy(&head, from, sizeof(head));
    memcpy(&tail, from + last, sizeof(tail));
    memcpy(to, &head, sizeof(head));
    memcpy(to + last, &tail, sizeof(tail));
}

/* Most copies are of one word, or a little more. */
static inline bool is_short(size_t bytes)
{
    return bytes - sizeof(uint64_t) <= sizeof(uint64_t) || bytes == sizeof(uint32_t) || bytes == 1;
}

static inline void copy_short(char *to, const char *from, size_t bytes)
{
    if (LIKELY(bytes >= sizeof(uint64_t)))
        copy_two_words(to, from, bytes);
    else if (bytes == 1)
        *to = *from;
    else
        memcpy(to, from, sizeof(uint32_t));
}

static inline bool within_page(uint64_t address, size_t bytes)
{
    return bytes <= PAGE_BYTES - address % PAGE_BYTES;
}

/* Where the server sees a guest's byte, or NULL. Caller holds the mutex. */
static char *reach(struct mm *mm, uint64_t address, enum mm_access access, bool spare)
{
    const unsigned need = access == ACCESS_WRITE ? ENTRY_WRITE : ENTRY_READ;
    if (UNLIKELY(address >= GUEST_ADDRESS_END))
        return NULL;
    mm_entry_t *entry = mm_table_peek(&mm->table, address);
    if (UNLIKELY(!entry || !(*entry & need))) {
        if (mm_fault_locked(mm, address, access, spare) != FAULT_DONE)
            return NULL;
        entry = mm_table_peek(&mm->table, address);
    }
    return (char *)page_data(entry_page(*entry)) + address % PAGE_BYTES;
}

/* As reach, but when memory is out somebody is killed for it and the reserve may be used. */
static NOINLINE char *reach_by_fault(struct mm *mm, uint64_t address, enum mm_access access)
{
    char *at = reach(mm, address, access, false);
    if (at || address >= GUEST_ADDRESS_END)
        return at;
    if (mm_fault_locked(mm, address, access, false) != FAULT_OUT_OF_MEMORY)
        return NULL;
    mutex_unlock(&mm->mutex);
    fault_out_of_memory();
    mutex_lock(&mm->mutex);
    return reach(mm, address, access, true);
}

static inline char *reach_hard(struct mm *mm, uint64_t address, enum mm_access access)
{
    char *at = reach_now(mm, address, access == ACCESS_WRITE ? ENTRY_WRITE : ENTRY_READ);
    return LIKELY(at != NULL) ? at : reach_by_fault(mm, address, access);
}

static inline size_t piece_at(uint64_t address, size_t bytes)
{
    size_t room = PAGE_BYTES - address % PAGE_BYTES;
    return bytes < room ? bytes : room;
}

/* Page by page. Caller holds the mutex, which is let go. */
static NOINLINE int read_pages(struct mm *mm, char *out, uint64_t at, size_t bytes)
{
    while (bytes > 0) {
        size_t piece = piece_at(at, bytes);
        const char *source = reach_hard(mm, at, ACCESS_READ);
        if (UNLIKELY(!source))
            break;
        memcpy(out, source, piece);
        out += piece;
        at += piece;
        bytes -= piece;
    }
    mutex_unlock(&mm->mutex);
    return bytes == 0 ? 0 : -EFAULT;
}

/* The same; `from` NULL: zeros. */
static NOINLINE int write_pages(struct mm *mm, uint64_t at, const char *from, size_t bytes)
{
    while (bytes > 0) {
        size_t piece = piece_at(at, bytes);
        char *target = reach_hard(mm, at, ACCESS_WRITE);
        if (UNLIKELY(!target))
            break;
        if (from) {
            memcpy(target, from, piece);
            from += piece;
        } else {
            memset(target, 0, piece);
        }
        at += piece;
        bytes -= piece;
    }
    mutex_unlock(&mm->mutex);
    return bytes == 0 ? 0 : -EFAULT;
}

static NOINLINE int read_long(struct mm *mm, void *to, uint64_t from, size_t bytes)
{
    mutex_lock(&mm->mutex);
    const char *source = within_page(from, bytes) ? reach_now(mm, from, ENTRY_READ) : NULL;
    if (UNLIKELY(!source))
        return read_pages(mm, to, from, bytes);
    memcpy(to, source, bytes);
    mutex_unlock(&mm->mutex);
    return 0;
}

static NOINLINE int write_long(struct mm *mm, uint64_t to, const void *from, size_t bytes)
{
    mutex_lock(&mm->mutex);
    char *target = within_page(to, bytes) ? reach_now(mm, to, ENTRY_WRITE) : NULL;
    if (UNLIKELY(!target))
        return write_pages(mm, to, from, bytes);
    memcpy(target, from, bytes);
    mutex_unlock(&mm->mutex);
    return 0;
}

static NOINLINE int unlock_for_waiters(struct mm *mm)
{
    mutex_unlock_slow(&mm->mutex);
    return 0;
}

/* At the end of a copy that was done: its result. */
static inline int unlock_done(struct mm *mm)
{
    return UNLIKELY(mutex_release(&mm->mutex)) ? unlock_for_waiters(mm) : 0;
}

/* These two call others only as the last thing that they do, so the short way needs no stack. */

int user_read(void *to, uaddr_t from, size_t bytes)
{
    struct mm *mm = thread_self()->mm;

    if (UNLIKELY(!is_short(bytes) || !within_page(from.raw, bytes) || !mutex_try_lock(&mm->mutex)))
        return read_long(mm, to, from.raw, bytes);
    const char *source = reach_now(mm, from.raw, ENTRY_READ);
    if (UNLIKELY(!source))
        return read_pages(mm, to, from.raw, bytes);
    copy_short(to, source, bytes);
    return unlock_done(mm);
}

int user_write(uaddr_t to, const void *from, size_t bytes)
{
    struct mm *mm = thread_self()->mm;

    if (UNLIKELY(!is_short(bytes) || !within_page(to.raw, bytes) || !mutex_try_lock(&mm->mutex)))
        return write_long(mm, to.raw, from, bytes);
    char *target = reach_now(mm, to.raw, ENTRY_WRITE);
    if (UNLIKELY(!target))
        return write_pages(mm, to.raw, from, bytes);
    copy_short(target, from, bytes);
    return unlock_done(mm);
}

int user_clear(uaddr_t to, size_t bytes)
{
    struct mm *mm = thread_self()->mm;

    mutex_lock(&mm->mutex);
    return write_pages(mm, to.raw, NULL, bytes);
}

void *user_window(uaddr_t at, size_t bytes, enum mm_access access)
{
    struct mm *mm = thread_self()->mm;
    char *window = NULL;

    if (!within_page(at.raw, bytes))
        return NULL;
    mutex_lock(&mm->mutex);
    window = reach_now(mm, at.raw, access == ACCESS_WRITE ? ENTRY_WRITE : ENTRY_READ);
    if (!window)
        mutex_unlock(&mm->mutex);
    return window;
}

void user_window_end(void) { mutex_unlock(&thread_self()->mm->mutex); }

int user_exchange_if(uaddr_t at, uint32_t *expected, uint32_t desired)
{
    struct mm *mm = thread_self()->mm;
    int result = -EFAULT;

    mutex_lock(&mm->mutex);
    uint32_t *word = (uint32_t *)(void *)reach_hard(mm, at.raw, ACCESS_WRITE);
    if (word)
        result = !__atomic_compare_exchange_n(word, expected, desired, false, __ATOMIC_SEQ_CST,
                                              __ATOMIC_SEQ_CST);
    mutex_unlock(&mm->mutex);
    return result;
}

/* Length of the string in a piece, or `bytes` if it goes on. */
static size_t copy_string_piece(char *to, const char *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        to[i] = from[i];
        if (from[i] == 0)
            return i;
    }
    return bytes;
}

long user_read_string(char *to, uaddr_t from, size_t capacity)
{
    struct mm *mm = thread_self()->mm;
    uint64_t at = from.raw;
    size_t done = 0;
    long result = -ENAMETOOLONG;

    mutex_lock(&mm->mutex);
    while (done < capacity) {
        size_t piece = piece_at(at, capacity - done);
        const char *source = reach_hard(mm, at, ACCESS_READ);
        if (!source) {
            result = -EFAULT;
            break;
        }
        size_t length = copy_string_piece(to + done, source, piece);
        done += length;
        at += length;
        if (length < piece) {
            result = (long)done;
            break;
        }
    }
    mutex_unlock(&mm->mutex);
    return result;
}

size_t mm_read(struct mm *mm, void *to, uint64_t from, size_t bytes)
{
    size_t done = 0;

    mutex_lock(&mm->mutex);
    while (done < bytes) {
        size_t piece = piece_at(from + done, bytes - done);
        const char *source = reach(mm, from + done, ACCESS_READ, false);
        if (!source)
            break;
        memcpy((char *)to + done, source, piece);
        done += piece;
    }
    mutex_unlock(&mm->mutex);
    return done;
}

size_t mm_write(struct mm *mm, uint64_t to, const void *from, size_t bytes)
{
    size_t done = 0;

    mutex_lock(&mm->mutex);
    while (done < bytes) {
        size_t piece = piece_at(to + done, bytes - done);
        char *target = reach(mm, to + done, ACCESS_WRITE, false);
        if (!target)
            break;
        memcpy(target, (const char *)from + done, piece);
        done += piece;
    }
    mutex_unlock(&mm->mutex);
    return done;
}
