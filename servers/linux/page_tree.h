/*
 * page_tree.h - the pages of a file by index: a radix tree of 64-way nodes that is as high as the
 * highest index needs. A file of one page is that page and no node.
 *
 * Lock: the inode's pages_mutex.
 */
#pragma once

#include "servers/linux/vfs.h"

#define PAGE_TREE_BITS 6
#define PAGE_TREE_FAN  (1u << PAGE_TREE_BITS)

/* The page at an index, without a reference; NULL for a hole. */
struct page *page_tree_find(const struct page_tree *tree, uint64_t index);

/* The pages from `index` on, up to the first hole and at most `count`, without references. How
 * many. */
unsigned page_tree_find_run(const struct page_tree *tree, uint64_t index, unsigned count,
                            struct page **pages);

/* Puts a page where there was none or another; takes over the caller's reference. *old is what was
   there (now the caller's) or NULL. 0 or -ENOMEM (then nothing changed). */
MUST_USE int page_tree_set(struct page_tree *tree, uint64_t index, struct page *page,
                           struct page **old);

/* Drops every page in [first, last]; returns how many of them were not boot pages. Empty nodes go
   too. */
uint64_t page_tree_drop(struct page_tree *tree, uint64_t first, uint64_t last);

/* The lowest index >= from that has a page; false if there is none. */
bool page_tree_next(const struct page_tree *tree, uint64_t from, uint64_t *index);
