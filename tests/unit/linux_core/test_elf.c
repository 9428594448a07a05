/**
 * test_elf.c - checks of ELF files that execve is asked to run.
 */
#include "servers/linux/elf.h"

#include <string.h>

#include "servers/linux/guest.h"
#include "servers/linux/vma.h"
#include "tests/unit/unit.h"

#define FILE_BYTES 0x10000ull

/* A small good program: a header and three program headers, as bytes. */
struct sample {
    uint8_t header[ELF_HEADER_BYTES];
    uint8_t programs[3 * ELF_PROGRAM_BYTES];
};

static void store(uint8_t *to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void set_program(struct sample *sample, unsigned index, uint32_t type, uint32_t flags,
                        uint64_t offset, uint64_t address, uint64_t file, uint64_t memory)
{
    uint8_t *program = sample->programs + index * ELF_PROGRAM_BYTES;
    store(program, type, 4);
    store(program + 4, flags, 4);
    store(program + 8, offset, 8);
    store(program + 16, address, 8);
    store(program + 24, address, 8);
    store(program + 32, file, 8);
    store(program + 40, memory, 8);
    store(program + 48, 0x1000, 8);
}

static struct sample good_sample(void)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    struct sample sample = {0};
    memcpy(sample.header, ident, sizeof(ident));
    store(sample.header + 16, 2, 2);
    store(sample.header + 18, 62, 2);
    store(sample.header + 20, 1, 4);
    store(sample.header + 24, 0x401000, 8);
    store(sample.header + 32, ELF_HEADER_BYTES, 8);
    store(sample.header + 52, ELF_HEADER_BYTES, 2);
    store(sample.header + 54, ELF_PROGRAM_BYTES, 2);
    store(sample.header + 56, 3, 2);
    set_program(&sample, 0, 1, 5, 0, 0x400000, 0x2000, 0x2000);
    set_program(&sample, 1, 1, 6, 0x2100, 0x403100, 0x300, 0x5000);
    set_program(&sample, 2, 0x6474e551, 6, 0, 0, 0, 0);
    return sample;
}

static int check(const struct sample *sample, struct elf_image *image)
{
    int error = elf_check_header(image, sample->header, FILE_BYTES);
    return error < 0 ? error : elf_check_programs(image, sample->programs, FILE_BYTES);
}

TEST("a good program is understood")
{
    struct sample sample = good_sample();
    struct elf_image image;
    REQUIRE(check(&sample, &image) == 0);
    CHECK_EQUAL(image.segment_count, 2);
    CHECK_EQUAL(image.low, 0x400000);
    CHECK_EQUAL(image.high, 0x409000);
    CHECK_EQUAL(image.entry, 0x401000);
    CHECK_EQUAL(image.programs_address, 0x400000 + ELF_HEADER_BYTES);
    CHECK_EQUAL(image.segments[1].prot, PROT_READ | PROT_WRITE);
    CHECK(!image.executable_stack);
    CHECK(!image.relocatable);
}

TEST("a file of another kind or machine is refused")
{
    static const unsigned places[] = {0, 1, 4, 5, 6, 16, 18, 54, 56};
    for (unsigned i = 0; i < ARRAY_LENGTH(places); i++) {
        struct sample sample = good_sample();
        struct elf_image image;
        sample.header[places[i]] = 0;
        CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    }
}

TEST("what lies beyond the end of the file is refused")
{
    struct sample sample = good_sample();
    struct elf_image image;
    store(sample.header + 32, FILE_BYTES - 8, 8);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    store(sample.header + 32, UINT64_MAX - 8, 8);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    sample = good_sample();
    set_program(&sample, 0, 1, 5, FILE_BYTES, 0x400000, 0x2000, 0x2000);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 0, 3, 5, FILE_BYTES - 4, 0, 16, 16);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
}

TEST("segments that wrap, overlap, fall or leave the guest's half are refused")
{
    struct elf_image image;
    struct sample sample = good_sample();
    set_program(&sample, 1, 1, 6, 0x2100, UINT64_MAX - 0xeff, 0x300, 0x5000);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 1, 1, 6, 0x2100, 0x403100, 0x300, UINT64_MAX - 0x100);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 1, 1, 6, 0x2100, 0x400100, 0x300, 0x300);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 1, 1, 6, 0x2100, 0x300100, 0x300, 0x300);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 1, 1, 6, 0x2100, GUEST_ADDRESS_END + 0x100, 0x300, 0x300);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 1, 1, 6, 0x2100, 0x403200, 0x300, 0x300);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC); /* not congruent to its place in the file */
    set_program(&sample, 1, 1, 6, 0x2100, 0x403100, 0x300, 0x200);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC); /* more file than memory */
}

TEST("a program at address zero or without segments is refused")
{
    struct elf_image image;
    struct sample sample = good_sample();
    set_program(&sample, 0, 1, 5, 0, 0, 0x2000, 0x2000);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
    set_program(&sample, 0, 0, 0, 0, 0, 0, 0);
    set_program(&sample, 1, 0, 0, 0, 0, 0, 0);
    CHECK_EQUAL(check(&sample, &image), -ENOEXEC);
}

TEST("random bytes in the headers give a refusal or an image inside its bounds")
{
    for (unsigned round = 0; round < 200000; round++) {
        struct sample sample = good_sample();
        uint8_t *bytes = (uint8_t *)&sample;
        struct elf_image image;
        for (unsigned i = 0; i <= unit_random_below(6); i++)
            bytes[unit_random_below(sizeof(sample))] = (uint8_t)unit_random();
        if (sample.header[56] > 3 || sample.header[57] != 0 || check(&sample, &image) < 0)
            continue;
        REQUIRE(image.segment_count > 0 && image.segment_count <= ELF_SEGMENTS_MAX);
        REQUIRE(image.low < image.high && image.high <= GUEST_ADDRESS_END);
        for (unsigned i = 0; i < image.segment_count; i++) {
            const struct elf_segment *segment = &image.segments[i];
            REQUIRE(segment->file_bytes <= segment->memory_bytes);
            REQUIRE(segment->offset + segment->file_bytes <= FILE_BYTES);
            REQUIRE(segment->address >= image.low);
            REQUIRE(segment->address + segment->memory_bytes <= image.high);
        }
    }
    CHECK(true);
}
