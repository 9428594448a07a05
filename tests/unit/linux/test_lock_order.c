/**
 * test_lock_order.c - the check of the order in which locks are taken.
 */
#include "servers/linux/base.h"
#include "tests/unit/unit.h"

TEST("locks are taken in their order, and dropped in any")
{
    struct mutex first = MUTEX_OF(LOCK_INODE), second = MUTEX_OF(LOCK_MM);
    struct spin third = {0};

    mutex_lock(&first);
    mutex_lock(&second);
    spin_lock(&third, LOCK_LEAF);
    CHECK_EQUAL(lock_list_current()->count, 3);
    mutex_unlock(&first);
    spin_unlock(&third, LOCK_LEAF);
    CHECK_ASSERTS(lock_require_none());
    mutex_unlock(&second);
    lock_require_none();
    CHECK_EQUAL(lock_list_current()->count, 0);
}

TEST("a mutex that stands above one that is held must not be taken, free though it is")
{
    struct mutex above = MUTEX_OF(LOCK_INODE), below = MUTEX_OF(LOCK_MM);

    mutex_lock(&below);
    CHECK_ASSERTS(mutex_lock(&above));
    CHECK(!mutex_is_held(&above));
    CHECK_ASSERTS((void)mutex_try_lock(&above));
}

TEST("a mutex must not be taken under a spin, nor a spin under one that stands below it")
{
    struct mutex mutex = MUTEX_OF(LOCK_LOG);
    struct spin pages = {0}, heap = {0};

    spin_lock(&pages, LOCK_ALLOCATOR);
    CHECK_ASSERTS(mutex_lock(&mutex));
    CHECK_ASSERTS(spin_lock(&heap, LOCK_HEAP));
}

TEST("two of a class are refused, taken by address, or taken as they come, as the class says")
{
    struct mutex alone[2] = {MUTEX_OF(LOCK_PROCESS), MUTEX_OF(LOCK_PROCESS)};
    struct mutex pipes[2] = {MUTEX_OF(LOCK_PIPE), MUTEX_OF(LOCK_PIPE)};
    struct mutex inodes[2] = {MUTEX_OF(LOCK_INODE), MUTEX_OF(LOCK_INODE)};

    mutex_lock(&inodes[1]);
    mutex_lock(&inodes[0]);
    mutex_lock(&pipes[0]);
    mutex_lock(&pipes[1]);
    mutex_unlock(&pipes[0]);
    CHECK_ASSERTS(mutex_lock(&pipes[0]));
    mutex_lock(&alone[0]);
    CHECK_ASSERTS(mutex_lock(&alone[1]));
}

TEST("a lock is not taken twice by a thread, nor dropped without being held")
{
    struct mutex inode = MUTEX_OF(LOCK_INODE), other = MUTEX_OF(LOCK_INODE);

    mutex_lock(&inode);
    CHECK_ASSERTS(mutex_lock(&inode));
    CHECK_ASSERTS(mutex_unlock(&other));
}

TEST("a mutex without a class is refused")
{
    struct mutex mutex = {0};

    CHECK_ASSERTS(mutex_lock(&mutex));
    mutex_init(&mutex, LOCK_FLOCK);
    mutex_lock(&mutex);
    CHECK(mutex_is_held(&mutex));
}

TEST("nobody waits for what may interrupt it with a second lock held")
{
    struct mutex outer = MUTEX_OF(LOCK_POSITION), mutex = MUTEX_OF(LOCK_PIPE);
    struct waitqueue queue = {0};

    mutex_lock(&mutex);
    CHECK_EQUAL(wait_on(&queue, &mutex, 0), -ETIMEDOUT);
    mutex_unlock(&mutex);
    mutex_lock(&outer);
    mutex_lock(&mutex);
    CHECK_ASSERTS((void)wait_on(&queue, &mutex, 0));
}
