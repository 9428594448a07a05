/*
 * print.c - what the boot stage says, and what it was told on the command line.
 */
#include "boot/boot.h"
#include "lib/base/fmt.h"

static void put(void *context, char character)
{
    (void)context;
    boot_put(character);
}

void boot_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_sink_args(put, NULL, format, args);
    va_end(args);
}

void boot_refuse(const char *format, ...)
{
    va_list args;
    boot_print("corm: cannot start: ");
    va_start(args, format);
    fmt_sink_args(put, NULL, format, args);
    va_end(args);
    boot_print("\n");
    boot_stop();
}

/* What follows @begin where a word of the command line begins with it, from @at on; or NULL. */
static const char *word_behind(const struct machine *machine, const char *at, const char *begin)
{
    for (; *at != '\0'; at++) {
        unsigned same = 0;
        while (begin[same] != '\0' && at[same] == begin[same])
            same++;
        if (begin[same] == '\0' && (at == machine->command_line || at[-1] == ' '))
            return at + same;
    }
    return NULL;
}

bool boot_option(const struct machine *machine, const char *word)
{
    const char *end = machine->command_line;
    do
        end = word[0] == '\0' ? NULL : word_behind(machine, end, word);
    while (end != NULL && *end != '\0' && *end != ' ');
    return end != NULL;
}

const char *boot_option_value(const struct machine *machine, const char *name)
{
    return word_behind(machine, machine->command_line, name);
}
