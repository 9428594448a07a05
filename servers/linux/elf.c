/*
 * elf.c - checks of ELF headers; see elf.h. Layouts: System V ABI, chapters 4 and 5.
 */
#include "servers/linux/elf.h"

#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "machine/identity.h"
#include "servers/linux/guest.h"
#include "servers/linux/vma.h"

#define ET_EXEC       2
#define ET_DYN        3
#define PT_LOAD       1
#define PT_INTERP     3
#define PT_PHDR       6
#define PT_GNU_STACK  0x6474e551u
#define PF_X          1u
#define PF_W          2u
#define PF_R          4u
#define CLASS_64      2
#define DATA_LITTLE   1
#define IDENT_CLASS   4
#define IDENT_DATA    5
#define IDENT_VERSION 6

struct elf_header {
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t phoff;
    uint64_t shoff;
    uint32_t flags;
    uint16_t ehsize;
    uint16_t phentsize;
    uint16_t phnum;
    uint16_t shentsize;
    uint16_t shnum;
    uint16_t shstrndx;
};
STATIC_ASSERT(sizeof(struct elf_header) == ELF_HEADER_BYTES, "Elf64_Ehdr");

struct elf_program {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t filesz;
    uint64_t memsz;
    uint64_t align;
};
STATIC_ASSERT(sizeof(struct elf_program) == ELF_PROGRAM_BYTES, "Elf64_Phdr");

int elf_check_header(struct elf_image *image, const uint8_t bytes[ELF_HEADER_BYTES],
                     uint64_t file_bytes)
{
    struct elf_header header;
    memcpy(&header, bytes, sizeof(header));
    const uint8_t *ident = header.ident;

    if (file_bytes < ELF_HEADER_BYTES || memcmp(ident, "\177ELF", 4) != 0 ||
        ident[IDENT_CLASS] != CLASS_64 || ident[IDENT_DATA] != DATA_LITTLE ||
        ident[IDENT_VERSION] != 1 || header.machine != MACHINE_ELF)
        return -ENOEXEC;
    if ((header.type != ET_EXEC && header.type != ET_DYN) ||
        header.phentsize != ELF_PROGRAM_BYTES || header.phnum == 0 ||
        header.phnum > ELF_PROGRAMS_MAX)
        return -ENOEXEC;
    if (!range_within(header.phoff, (uint64_t)header.phnum * ELF_PROGRAM_BYTES, file_bytes))
        return -ENOEXEC;
    *image = (struct elf_image){.relocatable = header.type == ET_DYN,
                                .entry = header.entry,
                                .programs_offset = header.phoff,
                                .program_count = header.phnum};
    return 0;
}

static uint32_t prot_of(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

static int add_segment(struct elf_image *image, const struct elf_program *program,
                       uint64_t file_bytes)
{
    const uint64_t mask = PAGE_BYTES - 1;

    if (program->memsz == 0)
        return 0;
    if (program->filesz > program->memsz ||
        !range_within(program->offset, program->filesz, file_bytes) ||
        !range_within(program->vaddr, program->memsz, GUEST_ADDRESS_END - PAGE_BYTES))
        return -ENOEXEC;
    if ((program->vaddr & mask) != (program->offset & mask) && program->filesz != 0)
        return -ENOEXEC;
    if (image->segment_count == ELF_SEGMENTS_MAX)
        return -ENOEXEC;
    uint64_t start = align_down(program->vaddr, PAGE_BYTES);
    uint64_t end = align_up(program->vaddr + program->memsz, PAGE_BYTES);
    if (image->segment_count == 0)
        image->low = start;
    else if (program->vaddr < image->high - PAGE_BYTES)
        return -ENOEXEC; /* not rising, or overlapping by more than a shared page */
    image->high = end;
    image->segments[image->segment_count++] = (struct elf_segment){.address = program->vaddr,
                                                                   .offset = program->offset,
                                                                   .file_bytes = program->filesz,
                                                                   .memory_bytes = program->memsz,
                                                                   .prot = prot_of(program->flags)};
    return 0;
}

static int note_interpreter(struct elf_image *image, const struct elf_program *program,
                            uint64_t file_bytes)
{
    if (program->filesz < 2 || program->filesz > ELF_INTERPRETER_MAX ||
        !range_within(program->offset, program->filesz, file_bytes))
        return -ENOEXEC;
    image->interpreter_offset = program->offset;
    image->interpreter_bytes = program->filesz;
    return 0;
}

static int take_program(struct elf_image *image, const struct elf_program *program,
                        uint64_t file_bytes)
{
    switch (program->type) {
    case PT_LOAD:
        return add_segment(image, program, file_bytes);
    case PT_INTERP:
        return image->interpreter_bytes == 0 ? note_interpreter(image, program, file_bytes)
                                             : -ENOEXEC;
    case PT_PHDR:
        image->programs_address = program->vaddr;
        return 0;
    case PT_GNU_STACK:
        image->executable_stack = program->flags & PF_X;
        return 0;
    default:
        return 0;
    }
}

/* The segment that holds the program headers says where they are, if there is no PT_PHDR. */
static void find_programs(struct elf_image *image)
{
    uint64_t bytes = (uint64_t)image->program_count * ELF_PROGRAM_BYTES;

    for (unsigned i = 0; i < image->segment_count && image->programs_address == 0; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if (image->programs_offset >= segment->offset &&
            range_within(image->programs_offset - segment->offset, bytes, segment->file_bytes))
            image->programs_address = segment->address + (image->programs_offset - segment->offset);
    }
}

int elf_check_programs(struct elf_image *image, const uint8_t *programs, uint64_t file_bytes)
{
    for (unsigned i = 0; i < image->program_count; i++) {
        struct elf_program program;
        memcpy(&program, programs + (size_t)i * ELF_PROGRAM_BYTES, sizeof(program));
        int error = take_program(image, &program, file_bytes);
        if (error < 0)
            return error;
    }
    if (image->segment_count == 0 || image->entry >= GUEST_ADDRESS_END)
        return -ENOEXEC;
    if (!image->relocatable && image->low < GUEST_ADDRESS_MIN)
        return -ENOEXEC;
    find_programs(image);
    return 0;
}
