/*
 * exec_load.c - from an ELF file to ranges of a new mm.
 *
 * The new mm belongs to nobody else yet; its mutex is taken because the functions expect it.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/exec.h"

/* Where Linux puts position-independent programs. */
#define BASE_LOWEST       align_down(GUEST_ADDRESS_END / 3 * 2, PAGE_BYTES)
#define BASE_RANDOM_PAGES GUEST_PAGES_PART(7)

static int read_exact(struct file *file, void *to, size_t bytes, uint64_t offset)
{
    long done = file_read_at(file, to, bytes, offset);
    if (done < 0)
        return (int)done;
    return (size_t)done == bytes ? 0 : -ENOEXEC;
}

int exec_open_image(struct file *file, struct elf_image *image)
{
    uint64_t file_bytes = file->inode->size;
    uint8_t header[ELF_HEADER_BYTES];

    int error = read_exact(file, header, sizeof(header), 0);
    if (error == 0)
        error = elf_check_header(image, header, file_bytes);
    if (error < 0)
        return error;
    size_t bytes = (size_t)image->program_count * ELF_PROGRAM_BYTES;
    uint8_t *programs = heap_alloc(bytes);
    if (!programs)
        return -ENOMEM;
    error = read_exact(file, programs, bytes, image->programs_offset);
    if (error == 0)
        error = elf_check_programs(image, programs, file_bytes);
    heap_free(programs);
    return error;
}

static int read_interpreter_path(struct exec *exec, char *path)
{
    size_t bytes = exec->image.interpreter_bytes;
    int error = read_exact(exec->file, path, bytes, exec->image.interpreter_offset);
    if (error < 0)
        return error;
    return path[bytes - 1] == 0 ? 0 : -ENOEXEC;
}

int exec_open_interpreter(struct exec *exec)
{
    if (exec->image.interpreter_bytes == 0)
        return 0;
    char *path = heap_alloc(ELF_INTERPRETER_MAX);
    if (!path)
        return -ENOMEM;
    int error = read_interpreter_path(exec, path);
    if (error == 0)
        exec->interpreter = vfs_open_executable(path, &error);
    heap_free(path);
    if (!exec->interpreter)
        return error;
    error = exec_open_image(exec->interpreter, &exec->interpreter_image);
    if (error == -ENOEXEC || (error == 0 && exec->interpreter_image.interpreter_bytes != 0))
        return -ELIBBAD;
    return error;
}

/* ---- mapping ------------------------------------------------------------------------------ */

static int map_fixed(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot, struct file *file,
                     uint64_t offset)
{
    const struct map_request request = {.address = start,
                                        .bytes = end - start,
                                        .place = PLACE_FIXED,
                                        .prot = prot,
                                        .file = file,
                                        .offset_pages = offset >> PAGE_SHIFT};
    if (start >= end)
        return 0;
    mm_lock(mm);
    long mapped = mm_map_locked(mm, &request);
    mm_unlock(mm);
    return mapped < 0 ? (int)mapped : 0;
}

/* Behind the file's bytes a segment reads as zeros: the rest of the last page, then more pages. */
static int map_segment(struct mm *mm, const struct elf_segment *segment, struct file *file,
                       uint64_t base)
{
    static const char zeros[PAGE_BYTES];
    uint64_t start = base + segment->address;
    uint64_t file_end = start + segment->file_bytes;
    uint64_t file_pages_end = align_up(file_end, PAGE_BYTES);
    uint64_t end = align_up(start + segment->memory_bytes, PAGE_BYTES);

    if (segment->file_bytes == 0)
        file_pages_end = align_down(start, PAGE_BYTES);
    int error = map_fixed(mm, align_down(start, PAGE_BYTES), file_pages_end, segment->prot, file,
                          align_down(segment->offset, PAGE_BYTES));
    if (error == 0)
        error = map_fixed(mm, file_pages_end, end, segment->prot, NULL, 0);
    if (error < 0 || segment->file_bytes == 0 || segment->file_bytes == segment->memory_bytes ||
        !(segment->prot & PROT_WRITE))
        return error;
    size_t tail = file_pages_end - file_end;
    return mm_write(mm, file_end, zeros, tail) == tail ? 0 : -ENOMEM;
}

static int map_image(struct mm *mm, const struct elf_image *image, struct file *file, uint64_t base)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        int error = map_segment(mm, &image->segments[i], file, base);
        if (error < 0)
            return error;
    }
    return 0;
}

static uint64_t random_pages(uint64_t limit)
{
    uint64_t word;
    random_bytes(&word, sizeof(word));
    return (word % limit) << PAGE_SHIFT;
}

/* Chooses what is added to a relocatable image's addresses. 0 on success. */
static int choose_base(struct exec *exec, const struct elf_image *image, bool is_program,
                       uint64_t *base)
{
    uint64_t bytes = image->high - image->low;
    uint64_t place;

    *base = 0;
    if (!image->relocatable)
        return 0;
    mm_lock(exec->mm);
    uint64_t hint =
        is_program && exec->interpreter ? BASE_LOWEST + random_pages(BASE_RANDOM_PAGES) : 0;
    place = mm_find_place_locked(exec->mm, hint, bytes);
    mm_unlock(exec->mm);
    *base = place - image->low;
    return place != 0 ? 0 : -ENOMEM;
}

static void note_places(struct exec *exec)
{
    struct mm *mm = exec->mm;
    for (unsigned i = 0; i < exec->image.segment_count; i++) {
        const struct elf_segment *segment = &exec->image.segments[i];
        uint64_t start = exec->base + segment->address;
        if (segment->prot & PROT_EXEC && mm->code_start == 0) {
            mm->code_start = start;
            mm->code_end = start + segment->memory_bytes;
        } else if (segment->prot & PROT_WRITE) {
            mm->data_start = start;
            mm->data_end = start + segment->file_bytes;
        }
    }
}

int exec_map_images(struct exec *exec)
{
    int error = choose_base(exec, &exec->image, true, &exec->base);
    if (error == 0)
        error = map_image(exec->mm, &exec->image, exec->file, exec->base);
    if (error < 0)
        return error;
    note_places(exec);
    exec->entry = exec->base + exec->image.entry;
    if (!exec->interpreter)
        return 0;
    error = choose_base(exec, &exec->interpreter_image, false, &exec->interpreter_base);
    if (error == 0)
        error = map_image(exec->mm, &exec->interpreter_image, exec->interpreter,
                          exec->interpreter_base);
    exec->entry = exec->interpreter_base + exec->interpreter_image.entry;
    return error;
}
