/*
 * pipe_ring.c - see pipe_ring.h.
 */
#include "servers/linux/pipe_ring.h"

struct pipe *pipe_ring_create(void)
{
    struct pipe *pipe = heap_alloc(sizeof(*pipe));

    if (!pipe)
        return NULL;
    pipe->refs = 1;
    mutex_init(&pipe->mutex, LOCK_PIPE);
    pipe->page_count = PIPE_PAGES_DEFAULT;
    pipe->pages = pipe->inline_pages;
    return pipe;
}

static void pipe_free(struct pipe *pipe)
{
    for (uint32_t i = 0; i < pipe->page_count; i++) {
        if (pipe->pages[i])
            page_put(pipe->pages[i]);
    }
    if (pipe->pages != pipe->inline_pages)
        heap_free(pipe->pages);
    heap_free(pipe);
}

void pipe_ring_put(struct pipe *pipe)
{
    if (__atomic_sub_fetch(&pipe->refs, 1, __ATOMIC_ACQ_REL) == 0)
        pipe_free(pipe);
}

static struct page **page_slot(struct pipe *pipe, uint64_t byte)
{
    return &pipe->pages[byte / PAGE_BYTES & (pipe->page_count - 1)];
}

/* Frees the pages behind head; an empty pipe starts over with the page it has. */
static void after_read(struct pipe *pipe, uint64_t old_head)
{
    struct page *kept = NULL;

    for (uint64_t byte = old_head; byte / PAGE_BYTES < pipe->head / PAGE_BYTES;
         byte += PAGE_BYTES) {
        struct page **slot = page_slot(pipe, byte);
        if (kept)
            page_put(kept);
        kept = *slot;
        *slot = NULL;
    }
    if (pipe->head != pipe->tail) {
        if (kept)
            page_put(kept);
        return;
    }
    struct page **slot = page_slot(pipe, pipe->head);
    if (*slot) {
        if (kept)
            page_put(kept);
        kept = *slot;
        *slot = NULL;
    }
    ASSERT(pipe->pages[0] == NULL); /* head's page was the last one */
    pipe->pages[0] = kept;
    pipe->head = pipe->tail = 0;
}

/* Everything, where it lies in the first page: then the page stays, and the pipe starts over. */
static long take_all(struct pipe *pipe, struct iter *to)
{
    size_t bytes = pipe_ring_used(pipe);
    long done = iter_put(to, (char *)page_data(pipe->pages[0]) + pipe->head, bytes);

    if (LIKELY(done == (long)bytes)) {
        pipe->head = pipe->tail = 0;
        return done;
    }
    if (done > 0)
        pipe->head += (uint64_t)done;
    return done;
}

long pipe_ring_take(struct pipe *pipe, struct iter *to)
{
    uint64_t old_head = pipe->head;
    long done = 0;

    if (LIKELY(pipe->head < pipe->tail && pipe->tail <= PAGE_BYTES &&
               to->left >= pipe_ring_used(pipe)))
        return take_all(pipe, to);

    while (to->left > 0 && pipe->head < pipe->tail) {
        size_t offset = pipe->head % PAGE_BYTES;
        size_t bytes = PAGE_BYTES - offset;
        if (bytes > pipe_ring_used(pipe))
            bytes = pipe_ring_used(pipe);
        long part = iter_put(to, (char *)page_data(*page_slot(pipe, pipe->head)) + offset, bytes);
        if (part < 0) {
            done = done > 0 ? done : part;
            break;
        }
        pipe->head += (uint64_t)part;
        done += part;
    }
    if (pipe->head != old_head)
        after_read(pipe, old_head);
    return done;
}

char *pipe_ring_look(struct pipe *pipe, size_t offset, size_t *bytes)
{
    uint64_t at = pipe->head + offset;
    size_t in_page = at % PAGE_BYTES;

    if (at >= pipe->tail)
        return NULL;
    *bytes = PAGE_BYTES - in_page;
    if (*bytes > pipe->tail - at)
        *bytes = pipe->tail - at;
    return (char *)page_data(*page_slot(pipe, at)) + in_page;
}

long pipe_ring_peek(struct pipe *pipe, struct iter *to, size_t offset)
{
    long done = 0;
    size_t bytes;

    while (to->left > 0) {
        const char *piece = pipe_ring_look(pipe, offset + (size_t)done, &bytes);
        if (!piece)
            break;
        long part = iter_put(to, piece, bytes);
        if (part < 0)
            return done > 0 ? done : part;
        done += part;
    }
    return done;
}

void pipe_ring_skip(struct pipe *pipe, size_t bytes)
{
    uint64_t old_head = pipe->head;

    ASSERT(bytes <= pipe_ring_used(pipe));
    pipe->head += bytes;
    if (bytes > 0)
        after_read(pipe, old_head);
}

long pipe_ring_fill(struct pipe *pipe, struct iter *from)
{
    long done = 0;

    if (LIKELY(pipe->pages[0] && pipe->tail + from->left <= PAGE_BYTES)) {
        done = iter_take(from, (char *)page_data(pipe->pages[0]) + pipe->tail, from->left);
        pipe->tail += done > 0 ? (uint64_t)done : 0;
        return done;
    }
    while (from->left > 0 && pipe_ring_room(pipe) > 0) {
        struct page **slot = page_slot(pipe, pipe->tail);
        size_t offset = pipe->tail % PAGE_BYTES;
        size_t bytes = PAGE_BYTES - offset;
        if (!*slot)
            *slot = page_alloc_shared(false);
        long part = *slot ? iter_take(from, (char *)page_data(*slot) + offset, bytes) : -ENOMEM;
        if (part < 0)
            return done > 0 ? done : part;
        pipe->tail += (uint64_t)part;
        done += part;
    }
    return done;
}

/* Moves the used pages to the front of a larger or smaller ring. Caller holds the mutex. */
long pipe_ring_resize(struct pipe *pipe, uint32_t page_count)
{
    uint64_t first = pipe->head / PAGE_BYTES;
    uint64_t used = pipe->tail > pipe->head ? (pipe->tail - 1) / PAGE_BYTES - first + 1 : 0;

    if (used > page_count)
        return -EBUSY;
    struct page **pages = heap_alloc(page_count * sizeof(*pages));
    if (!pages)
        return -ENOMEM;
    for (uint64_t i = 0; i < pipe->page_count; i++) {
        struct page *page = *page_slot(pipe, (first + i) * PAGE_BYTES);
        if (i < page_count)
            pages[i] = page;
        else if (page)
            page_put(page);
    }
    pipe->head -= first * PAGE_BYTES;
    pipe->tail -= first * PAGE_BYTES;
    if (pipe->pages != pipe->inline_pages)
        heap_free(pipe->pages);
    pipe->pages = pages;
    pipe->page_count = page_count;
    return (long)page_count * (long)PAGE_BYTES;
}
