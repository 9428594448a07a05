/*
 * mman.h - constants of the calls about mappings (mmap(2), mremap(2), madvise(2), msync(2)).
 */
#pragma once

#define PROT_SEM 8u

#define MAP_SHARED          0x01ull
#define MAP_PRIVATE         0x02ull
#define MAP_SHARED_VALIDATE 0x03ull
#define MAP_TYPE            0x0full
#define MAP_FIXED           0x10ull
#define MAP_ANONYMOUS       0x20ull
#define MAP_GROWSDOWN       0x0100ull
#define MAP_DENYWRITE       0x0800ull
#define MAP_EXECUTABLE      0x1000ull
#define MAP_LOCKED          0x2000ull
#define MAP_NORESERVE       0x4000ull
#define MAP_POPULATE        0x8000ull
#define MAP_NONBLOCK        0x10000ull
#define MAP_STACK           0x20000ull
#define MAP_HUGETLB         0x40000ull
#define MAP_FIXED_NOREPLACE 0x100000ull
#define MAP_KNOWN                                                                                  \
    (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE |       \
     MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_FIXED_NOREPLACE)

#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED   2

#define MADV_NORMAL     0
#define MADV_DONTNEED   4
#define MADV_FREE       8
#define MADV_DONTFORK   10
#define MADV_DOFORK     11
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#define MADV_PAGEOUT    21

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4
