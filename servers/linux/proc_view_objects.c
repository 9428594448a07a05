/*
 * proc_view_objects.c - /proc/corm/objects: how many there are of everything that programs can make
 * the server hold. Who has seen a world at rest before and after a load compares two of them.
 *
 * One "NAME NUMBER" a line. Threads, Spaces, chunks and slots that were made stay (objects.h); what
 * is of those in use is told beside them.
 */
#include "servers/linux/kmsg.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/objects.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/spare.h"

static void show_heap(struct text *text)
{
    struct heap_totals totals;
    uint64_t pages = 0;

    for (unsigned i = 0; heap_totals_read(i, &totals); i++) {
        pages += totals.pages;
        if (totals.object_bytes != 0)
            text_format(text, "heap_%u %lu\n", totals.object_bytes, totals.objects);
        else
            text_format(text, "heap_large %lu\n", totals.objects);
    }
    text_format(text, "heap_pages %lu\nlog_records %u\n", pages, kmsg_count());
}

static void show_kernel_objects(struct text *text)
{
    static const char *const names[] = {"small", "large"};
    struct objects_totals totals = objects_totals_read();

    STATIC_ASSERT(ARRAY_LENGTH(names) == CHUNK_CLASSES, "a name for each");
    totals.chunks_free[CHUNK_SMALL] += (uint32_t)guest_space_pooled_chunks();
    for (unsigned i = 0; i < CHUNK_CLASSES; i++)
        text_format(text, "chunks_%s_made %u\nchunks_%s_used %u\n", names[i], totals.chunks[i],
                    names[i], totals.chunks[i] - totals.chunks_free[i]);
    text_format(text, "spaces_made %lu\nobject_pages %lu\nslots %u\nslot_limit %u\n",
                guest_space_count_made(), spare_object_bytes() >> PAGE_SHIFT, totals.slots,
                totals.slot_limit);
}

void proc_view_objects(struct text *text)
{
    struct thread_totals threads = thread_totals_read();
    struct page_totals pages;

    mutex_lock(&process_mutex);
    unsigned processes = process_count;
    mutex_unlock(&process_mutex);
    text_format(text, "processes %u\nthreads %u\nthreads_made %u\nthread_pages_made %u\n",
                processes, threads.running, threads.made,
                threads.made * ((1u << THREAD_STACK_ORDER) + 1));
    text_format(text, "address_spaces %lu\n", mm_count());
    show_heap(text);
    show_kernel_objects(text);
    page_totals_read(&pages);
    text_format(text, "pages_total %lu\npages_free %lu\n", pages.total, pages.free);
}
