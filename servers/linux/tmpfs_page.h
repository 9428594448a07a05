/*
 * tmpfs_page.h - the pages of a file in memory, and what they cost.
 *
 * Holes have no page. Pages of the boot archive hang in the tree as they are, cost nothing, and are
 * replaced by a copy when they are first written. Each function takes pages_mutex for itself; it is
 * never held across a user copy, so the page-fault path may come here.
 */
#pragma once

#include "servers/linux/tmpfs.h"

/* The page at an index with a reference; NULL: a hole. May be a boot page: not to be written. */
struct page *tmpfs_page_find(struct inode *inode, uint64_t index);

/* The pages from an index on, up to the first hole and at most `count`, each with a reference. How
   many. */
unsigned tmpfs_page_find_run(struct inode *inode, uint64_t index, unsigned count,
                             struct page **pages);

/* The page at an index, made if missing, fit to be written; NULL: no space. */
struct page *tmpfs_page_for_write(struct inode *inode, uint64_t index);

/* A page that belongs to no file yet, charged to the file system; NULL: no space. */
struct page *tmpfs_page_new(struct inode *inode, bool zeroed);
void tmpfs_page_cancel(struct inode *inode, struct page *page);

/* Puts `fresh` at an index that has no page, or a boot page of which it is the copy. Somebody may
   have been faster (a page fault): then theirs stays. Returns the page that is there, with a
   reference, and *inserted; consumes `fresh`. NULL: no memory. */
struct page *tmpfs_page_insert(struct inode *inode, uint64_t index, struct page *fresh,
                               bool *inserted);

/* Frees the pages [first, last]. */
void tmpfs_page_drop(struct inode *inode, uint64_t first, uint64_t last);

/* Guests that map this range must look again. pages_mutex not held. */
void tmpfs_page_unmap(struct inode *inode, uint64_t first, uint64_t count, bool truncated);
