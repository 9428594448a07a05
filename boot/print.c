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

bool boot_option(const struct machine *machine, const char *word)
{
    const char *line = machine->command_line;
    for (const char *at = line; *at != '\0'; at++) {
        unsigned same = 0;
        while (word[same] != '\0' && at[same] == word[same])
            same++;
        bool ends = word[same] == '\0' && (at[same] == '\0' || at[same] == ' ');
        if (ends && (at == line || at[-1] == ' '))
            return true;
    }
    return false;
}
