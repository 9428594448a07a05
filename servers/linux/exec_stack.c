/*
 * exec_stack.c - where stack, mappings and heap of a new program lie, and what it finds on its
 * stack (System V ABI §3.4, and the auxiliary vector of getauxval(3)).
 *
 *   stack_top   strings (whole pages, moved there as they are)
 *               random bytes, platform name
 *               auxiliary vector, environment pointers, argument pointers, count  <- sp
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "machine/identity.h"
#include "servers/linux/exec.h"
#include "servers/linux/machine.h"
#include "servers/linux/process.h"
#include "servers/linux/vdso.h"

#define STACK_RANDOM_PAGES GUEST_PAGES_PART(13)
#define MMAP_RANDOM_PAGES  GUEST_PAGES_PART(7)
#define HEAP_RANDOM_PAGES  (1ull << 13)
#define STACK_FIRST_BYTES  (33ull * PAGE_BYTES)
#define STACK_GAP_MIN      (128ull << 20)
#define STACK_GAP_MAX      (GUEST_ADDRESS_END / 6 * 5)
#define STACK_GUARD        (1ull << 20)

#define AT_NULL         0
#define AT_PHDR         3
#define AT_PHENT        4
#define AT_PHNUM        5
#define AT_PAGESZ       6
#define AT_BASE         7
#define AT_FLAGS        8
#define AT_ENTRY        9
#define AT_UID          11
#define AT_EUID         12
#define AT_GID          13
#define AT_EGID         14
#define AT_PLATFORM     15
#define AT_HWCAP        16
#define AT_CLKTCK       17
#define AT_SECURE       23
#define AT_RANDOM       25
#define AT_HWCAP2       26
#define AT_EXECFN       31
#define AT_SYSINFO_EHDR 33
#define AT_MINSIGSTKSZ  51

#define RANDOM_BYTES 16

static const char platform[] = MACHINE_PLATFORM; /* empty: there is no such entry */

static uint64_t random_pages(uint64_t limit)
{
    uint64_t word;
    random_bytes(&word, sizeof(word));
    return (word % limit) << PAGE_SHIFT;
}

/* Mappings go below the room that the stack may come to need. */
void exec_place(struct exec *exec)
{
    uint64_t gap = process_limit(RLIMIT_STACK);

    if (gap < STACK_GAP_MIN)
        gap = STACK_GAP_MIN;
    if (gap > STACK_GAP_MAX)
        gap = STACK_GAP_MAX;
    exec->stack_top = GUEST_ADDRESS_END - PAGE_BYTES - random_pages(STACK_RANDOM_PAGES);
    exec->mm->mmap_top = align_down(exec->stack_top - gap - STACK_GUARD, PAGE_BYTES) -
                         random_pages(MMAP_RANDOM_PAGES);
}

/* The heap begins somewhere behind the program, or where there is room if it was loaded high. */
static void place_heap(struct exec *exec)
{
    struct mm *mm = exec->mm;
    mm->brk_start = exec->base + exec->image.high + random_pages(HEAP_RANDOM_PAGES);
    mm->brk_end = mm->brk_start;
}

/* Room for the pointers too, which there may be many of. */
static uint64_t stack_first_bytes(const struct exec *exec, uint64_t strings_start)
{
    return align_up(strings_start - exec->sp, PAGE_BYTES) + STACK_FIRST_BYTES;
}

static int map_stack(struct exec *exec, uint64_t strings_start)
{
    uint64_t below = stack_first_bytes(exec, strings_start);
    const struct map_request request = {
        .address = strings_start - below,
        .bytes = exec->stack_top - strings_start + below,
        .place = PLACE_FREE,
        .prot = PROT_READ | PROT_WRITE | (exec->image.executable_stack ? PROT_EXEC : 0),
        .flags = VMA_GROWSDOWN | VMA_STACK,
    };
    mm_lock(exec->mm);
    long mapped = mm_map_locked(exec->mm, &request);
    mm_unlock(exec->mm);
    return mapped < 0 ? (int)mapped : 0;
}

/* The string pages become the stack's. */
static int hand_over_strings(struct exec *exec, uint64_t strings_start)
{
    struct page **pages = exec->strings->pages;
    int error = 0;

    mm_lock(exec->mm);
    for (unsigned i = 0; error == 0 && strings_start + i * PAGE_BYTES < exec->stack_top; i++) {
        error = mm_insert_page_locked(exec->mm, strings_start + i * PAGE_BYTES, pages[i]);
        if (error == 0)
            pages[i] = NULL;
    }
    mm_unlock(exec->mm);
    return error;
}

struct auxiliary {
    uint64_t *words;
    unsigned count;
};

static void put(struct auxiliary *auxiliary, uint64_t key, uint64_t value)
{
    auxiliary->words[auxiliary->count++] = key;
    auxiliary->words[auxiliary->count++] = value;
}

static void put_if(struct auxiliary *auxiliary, uint64_t key, uint64_t value)
{
    if (value != 0)
        put(auxiliary, key, value);
}

static void fill_auxiliary(struct exec *exec, uint64_t strings_start, uint64_t random,
                           uint64_t platform_at)
{
    struct auxiliary to = {.words = exec->mm->auxv};
    const struct credentials *who = &exec->credentials;
    const struct elf_image *image = &exec->image;
    const struct machine_auxiliary machine = machine_auxiliary();

    put(&to, AT_SYSINFO_EHDR, exec->mm->vdso);
    put(&to, AT_HWCAP, machine.hwcap);
    put(&to, AT_PAGESZ, PAGE_BYTES);
    put(&to, AT_CLKTCK, 100);
    put(&to, AT_PHDR, image->programs_address ? exec->base + image->programs_address : 0);
    put(&to, AT_PHENT, ELF_PROGRAM_BYTES);
    put(&to, AT_PHNUM, image->program_count);
    put(&to, AT_BASE, exec->interpreter_base);
    put(&to, AT_FLAGS, 0);
    put(&to, AT_ENTRY, exec->base + image->entry);
    put(&to, AT_UID, who->uid);
    put(&to, AT_EUID, who->euid);
    put(&to, AT_GID, who->gid);
    put(&to, AT_EGID, who->egid);
    put(&to, AT_SECURE, exec->secure);
    put(&to, AT_RANDOM, random);
    put(&to, AT_EXECFN, strings_start + exec->name_offset);
    put_if(&to, AT_HWCAP2, machine.hwcap2);
    put_if(&to, AT_MINSIGSTKSZ, machine.frame_bytes);
    put_if(&to, AT_PLATFORM, sizeof(platform) > 1 ? platform_at : 0);
    put(&to, AT_NULL, 0);
    ASSERT(to.count <= ARRAY_LENGTH(exec->mm->auxv));
    exec->mm->auxv_count = to.count;
}

/* Gathers words and writes them in pieces, upwards. */
struct word_writer {
    struct mm *mm;
    uint64_t at;
    unsigned count;
    bool failed;
    uint64_t words[64];
};

static void flush_words(struct word_writer *writer)
{
    size_t bytes = writer->count * sizeof(uint64_t);
    if (mm_write(writer->mm, writer->at, writer->words, bytes) != bytes)
        writer->failed = true;
    writer->at += bytes;
    writer->count = 0;
}

static void write_word(struct word_writer *writer, uint64_t word)
{
    writer->words[writer->count++] = word;
    if (writer->count == ARRAY_LENGTH(writer->words))
        flush_words(writer);
}

/* Pointers to `count` strings from *offset on, and the NULL behind them. */
static void write_pointers(struct word_writer *writer, const struct exec *exec, unsigned count,
                           uint64_t strings_start, size_t *offset)
{
    for (unsigned i = 0; i < count; i++) {
        write_word(writer, strings_start + *offset);
        *offset += strings_length(exec->strings, *offset);
    }
    write_word(writer, 0);
}

/* Reads the strings, so it comes before their pages are given to the stack. */
static int write_vectors(struct exec *exec, uint64_t strings_start, struct word_writer *writer)
{
    const struct exec_strings *strings = exec->strings;
    struct mm *mm = exec->mm;
    size_t offset = 0;

    writer->mm = mm;
    writer->at = exec->sp;
    write_word(writer, strings->argument_count);
    mm->arg_start = strings_start;
    write_pointers(writer, exec, strings->argument_count, strings_start, &offset);
    mm->arg_end = mm->env_start = strings_start + offset;
    write_pointers(writer, exec, strings->environment_count, strings_start, &offset);
    mm->env_end = strings_start + offset;
    for (unsigned i = 0; i < mm->auxv_count; i++)
        write_word(writer, mm->auxv[i]);
    flush_words(writer);
    return writer->failed ? -ENOMEM : 0;
}

static int write_vectors_from_heap(struct exec *exec, uint64_t strings_start)
{
    struct word_writer *writer = heap_alloc(sizeof(*writer));
    if (!writer)
        return -ENOMEM;
    int error = write_vectors(exec, strings_start, writer);
    heap_free(writer);
    return error;
}

/* Everything but the strings. */
static int fill_stack(struct exec *exec, uint64_t strings_start, uint64_t random,
                      uint64_t platform_at)
{
    uint8_t bytes[RANDOM_BYTES];

    random_bytes(bytes, sizeof(bytes));
    if (mm_write(exec->mm, random, bytes, sizeof(bytes)) != sizeof(bytes) ||
        mm_write(exec->mm, platform_at, platform, sizeof(platform)) != sizeof(platform))
        return -ENOMEM;
    return write_vectors_from_heap(exec, strings_start);
}

int exec_build_stack(struct exec *exec)
{
    const struct exec_strings *strings = exec->strings;
    uint64_t pages = (strings->bytes + PAGE_BYTES - 1) >> PAGE_SHIFT;
    uint64_t strings_start = exec->stack_top - (pages << PAGE_SHIFT);
    uint64_t random = strings_start - RANDOM_BYTES;
    uint64_t platform_at = random - sizeof(platform);

    place_heap(exec);
    mm_lock(exec->mm);
    int error = vdso_map_locked(exec->mm);
    mm_unlock(exec->mm);
    if (error < 0)
        return error;
    fill_auxiliary(exec, strings_start, random, platform_at);
    uint64_t words =
        3ull + strings->argument_count + strings->environment_count + exec->mm->auxv_count;
    exec->sp = align_down(platform_at - words * sizeof(uint64_t), 16);
    exec->mm->stack_start = exec->sp;
    if (exec->stack_top - exec->sp > process_limit(RLIMIT_STACK))
        return -E2BIG;
    error = map_stack(exec, strings_start);
    if (error == 0)
        error = fill_stack(exec, strings_start, random, platform_at);
    return error < 0 ? error : hand_over_strings(exec, strings_start);
}
