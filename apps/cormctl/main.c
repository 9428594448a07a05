/**
 * main.c - cormctl: the system below the Linux world, seen and steered from inside it.
 *
 * Reads /proc/corm/components, memory and world, and writes to /proc/corm/control. Works wherever
 * those files are; who may write is the manifest's decision.
 */
#include "sdk/guest/guest.h"
#include "lib/base/fmt.h"
#include "lib/base/string.h"

#define FILE_BYTES  32768
#define COLUMNS_MAX 16
#define GAP         2
#define CELL_BYTES  120

static char file_text[FILE_BYTES];

static const char usage[] =
    "usage: cormctl COMMAND\n"
    "\n"
    "  list            every component: state, generation, restarts, last reason, memory, time\n"
    "  status          this world: its name, its generation, its threads\n"
    "  memory          who has the memory of the machine\n"
    "  kill NAME       end a component now; it returns as its restart policy says\n"
    "  restart NAME    the same, and a component that was given up returns too\n"
    "  --help          this text\n"
    "\n"
    "Components die and return without their clients noticing more than a pause.\n";

static int fail(const char *what, long error)
{
    guest_print(2, "cormctl: %s: %s\n", what, guest_errno_text(error));
    return 1;
}

/* ---- tables: lines of cells that are separated by tabs --------------------------------- */

/* Length of the cell at `text`; *next: the one behind it, or NULL at the end of its line. */
static size_t cell_length(const char *text, const char **next)
{
    size_t length = 0;
    while (text[length] && text[length] != '\t' && text[length] != '\n')
        length++;
    *next = text[length] == '\t' ? text + length + 1 : NULL;
    return length;
}

static const char *next_line(const char *line)
{
    while (*line && *line != '\n')
        line++;
    return *line ? line + 1 : line;
}

static unsigned measure(const char *text, size_t widths[COLUMNS_MAX])
{
    unsigned count = 0;
    for (const char *line = text; *line; line = next_line(line)) {
        unsigned column = 0;
        for (const char *cell = line; cell && column < COLUMNS_MAX; column++) {
            const char *next;
            size_t length = cell_length(cell, &next);
            if (length > widths[column])
                widths[column] = length;
            cell = next;
        }
        if (column > count)
            count = column;
    }
    return count;
}

static void to_upper(char *text)
{
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

/* Sets the table in columns; the headings in capitals, nothing behind the last cell. */
static void print_table(const char *text)
{
    size_t widths[COLUMNS_MAX] = {0};
    unsigned count = measure(text, widths);

    for (const char *line = text; *line; line = next_line(line)) {
        unsigned column = 0;
        for (const char *cell = line; cell; column++) {
            char shown[CELL_BYTES];
            const char *next;
            size_t length = cell_length(cell, &next);
            fmt_buffer(shown, sizeof(shown), "%.*s", (int)length, cell);
            if (line == text)
                to_upper(shown);
            bool last = !next || column + 1 >= count || column + 1 >= COLUMNS_MAX;
            guest_print(1, "%-*s", last ? 0 : (int)(widths[column] + GAP), shown);
            cell = next;
        }
        guest_print(1, "\n");
    }
}

/* ---- commands ---------------------------------------------------------------------------- */

static int list(void)
{
    long length = guest_read_file("/proc/corm/components", file_text, sizeof(file_text));
    if (length < 0)
        return fail("/proc/corm/components", length);
    print_table(file_text);
    return 0;
}

static int show(const char *path)
{
    long length = guest_read_file(path, file_text, sizeof(file_text));
    if (length < 0)
        return fail(path, length);
    guest_print(1, "%s", file_text);
    return 0;
}

static int control(const char *verb, const char *name)
{
    char line[CELL_BYTES];
    size_t length = fmt_buffer(line, sizeof(line), "%s %s\n", verb, name);
    if (length >= sizeof(line))
        return fail(name, -GUEST_ENOENT);
    long fd = guest_open("/proc/corm/control", GUEST_O_WRONLY);
    if (fd < 0)
        return fail("/proc/corm/control", fd);
    long result = guest_call(NR_WRITE, (uint64_t)fd, (uintptr_t)line, length, 0);
    guest_call(NR_CLOSE, (uint64_t)fd, 0, 0, 0);
    return result < 0 ? fail(name, result) : 0;
}

int guest_main(int argc, char **argv, char **envp)
{
    const char *command = argc > 1 ? argv[1] : "";
    (void)envp;

    if (argc == 2 && strcmp(command, "list") == 0)
        return list();
    if (argc == 2 && strcmp(command, "status") == 0)
        return show("/proc/corm/world");
    if (argc == 2 && strcmp(command, "memory") == 0)
        return show("/proc/corm/memory");
    if (argc == 3 && (strcmp(command, "kill") == 0 || strcmp(command, "restart") == 0))
        return control(command, argv[2]);
    if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) {
        guest_print(1, "%s", usage);
        return 0;
    }
    guest_print(2, "%s", usage);
    return 2;
}
