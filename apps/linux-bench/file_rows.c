/*
 * file_rows.c - files of a file system in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/linux-bench/rows.h"

#define FILE_PATH   "/tmp/linux-bench"
#define PIECE_BYTES 4096
#define MODE        0600

static char piece[PIECE_BYTES];

struct open_file {
    int descriptor;
    size_t bytes;
};

static int make_file(void)
{
    return (int)row_need(open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC, MODE), "open");
}

static void write_pieces(void *context)
{
    const struct open_file *file = context;

    for (size_t done = 0; done < file->bytes; done += PIECE_BYTES)
        if (row_need(write(file->descriptor, piece, PIECE_BYTES), "write") != PIECE_BYTES) {
            errno = EIO;
            row_fail("a write that is whole");
        }
}

static void read_piece(void *context)
{
    const struct open_file *file = context;
    if (row_need(pread(file->descriptor, piece, file->bytes, 0), "pread") != (long)file->bytes) {
        errno = EIO;
        row_fail("a pread that is whole");
    }
}

void row_pread(const struct row *row, unsigned count)
{
    struct open_file file = {.descriptor = make_file(), .bytes = row->bytes};
    write_pieces(&file);
    row_measure(row, &(struct measure){.operation = read_piece, .context = &file}, count);
}

static void open_close(void *context)
{
    (void)context;
    row_need(close((int)row_need(open(FILE_PATH, O_RDONLY), "open")), "close");
}

void row_open_close(const struct row *row, unsigned count)
{
    row_need(close(make_file()), "close");
    row_measure(row, &(struct measure){.operation = open_close}, count);
}

static void stat_path(void *context)
{
    /* On the stack, which begins at a random place, it lies in two pages now and then. */
    static struct stat status __attribute__((aligned(256)));

    (void)context;
    row_need(stat(FILE_PATH, &status), "stat");
}

void row_stat(const struct row *row, unsigned count)
{
    row_need(close(make_file()), "close");
    row_measure(row, &(struct measure){.operation = stat_path}, count);
}

static void create_unlink(void *context)
{
    (void)context;
    row_need(close(make_file()), "close");
    row_need(unlink(FILE_PATH), "unlink");
}

static void begin_without_file(void)
{
    if (unlink(FILE_PATH) == -1 && errno != ENOENT)
        row_fail("unlink");
}

void row_create_unlink(const struct row *row, unsigned count)
{
    begin_without_file();
    row_measure(row, &(struct measure){.operation = create_unlink}, count);
}

static void write_file(void *context)
{
    const struct row *row = context;
    struct open_file file = {.descriptor = make_file(), .bytes = row->bytes};

    write_pieces(&file);
    row_need(close(file.descriptor), "close");
    row_need(unlink(FILE_PATH), "unlink");
}

void row_write(const struct row *row, unsigned count)
{
    begin_without_file();
    row_measure(row, &(struct measure){.operation = write_file, .context = (void *)row}, count);
}
