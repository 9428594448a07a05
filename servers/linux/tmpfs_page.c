/*
 * tmpfs_page.c - see tmpfs_page.h.
 */
#include "servers/linux/tmpfs_page.h"

#include "lib/base/string.h"
#include "servers/linux/page_tree.h"

static bool charge_page(struct mount *mount)
{
    if (__atomic_add_fetch(&mount->pages_used, 1, __ATOMIC_RELAXED) <= mount->pages_limit)
        return true;
    __atomic_fetch_sub(&mount->pages_used, 1, __ATOMIC_RELAXED);
    return false;
}

static void uncharge_pages(struct mount *mount, uint64_t count)
{
    __atomic_fetch_sub(&mount->pages_used, count, __ATOMIC_RELAXED);
}

struct page *tmpfs_page_new(struct inode *inode, bool zeroed)
{
    if (!charge_page(inode->mount))
        return NULL;
    struct page *page = page_alloc_shared(zeroed);
    if (!page)
        uncharge_pages(inode->mount, 1);
    return page;
}

void tmpfs_page_cancel(struct inode *inode, struct page *page)
{
    uncharge_pages(inode->mount, 1);
    page_put(page);
}

struct page *tmpfs_page_find(struct inode *inode, uint64_t index)
{
    mutex_lock(&inode->pages_mutex);
    struct page *page = page_tree_find(&inode->pages, index);
    if (page)
        page_get(page);
    mutex_unlock(&inode->pages_mutex);
    return page;
}

unsigned tmpfs_page_find_run(struct inode *inode, uint64_t index, unsigned count,
                             struct page **pages)
{
    mutex_lock(&inode->pages_mutex);
    unsigned found = page_tree_find_run(&inode->pages, index, count, pages);
    for (unsigned i = 0; i < found; i++)
        page_get(pages[i]);
    mutex_unlock(&inode->pages_mutex);
    return found;
}

/* Guests that map this range must look again. */
void tmpfs_page_unmap(struct inode *inode, uint64_t first, uint64_t count, bool truncated)
{
    __atomic_fetch_add(&inode->mapping_generation, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&inode->mapping_count, __ATOMIC_SEQ_CST) != 0)
        mm_unmap_file_range(inode, first, count, truncated);
}

/*
 * Puts `fresh` at an index that has no page, or a boot page of which it is the copy. Somebody may
 * have been faster (a page fault): then theirs stays. Returns the page that is there, with a
 * reference, and *inserted; consumes `fresh`. NULL when memory is out.
 */
struct page *tmpfs_page_insert(struct inode *inode, uint64_t index, struct page *fresh,
                               bool *inserted)
{
    struct page *old = NULL;

    *inserted = false;
    mutex_lock(&inode->pages_mutex);
    struct page *there = page_tree_find(&inode->pages, index);
    if (there && !(there->flags & PAGE_BOOT)) {
        page_get(there);
        mutex_unlock(&inode->pages_mutex);
        tmpfs_page_cancel(inode, fresh);
        return there;
    }
    if (page_tree_set(&inode->pages, index, fresh, &old) < 0) {
        mutex_unlock(&inode->pages_mutex);
        tmpfs_page_cancel(inode, fresh);
        return NULL;
    }
    page_get(fresh);
    *inserted = true;
    mutex_unlock(&inode->pages_mutex);
    if (old) {
        page_put(old);
        tmpfs_page_unmap(inode, index, 1, false);
    }
    return fresh;
}

/* The page at an index, made if missing, fit to be written, with a reference; NULL: no space. */
struct page *tmpfs_page_for_write(struct inode *inode, uint64_t index)
{
    struct page *page = tmpfs_page_find(inode, index);
    bool inserted;

    if (page && !(page->flags & PAGE_BOOT))
        return page;
    struct page *fresh = tmpfs_page_new(inode, page == NULL);
    if (fresh && page)
        memcpy(page_data(fresh), page_data(page), PAGE_BYTES);
    if (page)
        page_put(page);
    return fresh ? tmpfs_page_insert(inode, index, fresh, &inserted) : NULL;
}

int tmpfs_adopt_page(struct inode *inode, uint64_t index, struct page *page)
{
    struct page *old = NULL;
    int status = page_tree_set(&inode->pages, index, page, &old);

    ASSERT(old == NULL);
    if (status == 0 && !(page->flags & PAGE_BOOT)) /* boot pages cost nothing */
        __atomic_fetch_add(&inode->mount->pages_used, 1, __ATOMIC_RELAXED);
    return status;
}

void tmpfs_page_drop(struct inode *inode, uint64_t first, uint64_t last)
{
    mutex_lock(&inode->pages_mutex);
    uint64_t count = page_tree_drop(&inode->pages, first, last);
    mutex_unlock(&inode->pages_mutex);
    uncharge_pages(inode->mount, count);
}

void tmpfs_drop_pages(struct inode *inode) { tmpfs_page_drop(inode, 0, UINT64_MAX); }
