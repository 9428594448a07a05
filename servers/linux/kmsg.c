/*
 * kmsg.c - see kmsg.h. A list of records, the oldest of which go when there are too many.
 *
 * Lock: kmsg.mutex, inside process_mutex and outside the heap; user copies are made without it.
 */
#include "servers/linux/kmsg.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "servers/linux/poll.h"

#define TEXT_MAX       256
#define LINE_MAX       (TEXT_MAX * 4 + 64) /* with what is not printable written as \xNN */
#define FACILITY_USER  1
#define FACILITY_SHIFT 3
#define LEVEL_MASK     7u

struct record {
    struct list link;
    uint64_t sequence;
    nanos_t time_ns;
    uint32_t priority; /* facility and level */
    uint32_t length;
    char text[];
};

static struct {
    struct mutex mutex;
    struct list records;
    uint64_t next;  /* sequence of the next record */
    uint64_t clear; /* syslog shows what is not older */
    size_t bytes;
    unsigned count;
    struct waitqueue queue;
} kmsg = {.mutex = MUTEX_OF(LOCK_LOG), .records = {&kmsg.records, &kmsg.records}};

static size_t record_bytes(const struct record *record) { return sizeof(*record) + record->length; }

static struct record *oldest(void)
{
    struct list *first = list_first(&kmsg.records);
    return first ? list_entry(first, struct record, link) : NULL;
}

/* Caller holds the mutex. */
static void drop_oldest(void)
{
    struct record *old = oldest();

    kmsg.bytes -= record_bytes(old);
    kmsg.count--;
    list_remove(&old->link);
    heap_free(old);
}

/* Without memory a line is not kept: it has gone to the machine's log. */
static void keep(uint32_t priority, const char *text, size_t length)
{
    struct record *record = heap_alloc(sizeof(*record) + length);

    if (!record)
        return;
    record->time_ns = time_now_monotonic();
    record->priority = priority;
    record->length = (uint32_t)length;
    memcpy(record->text, text, length);
    mutex_lock(&kmsg.mutex);
    record->sequence = kmsg.next++;
    list_push_back(&kmsg.records, &record->link);
    kmsg.bytes += record_bytes(record);
    kmsg.count++;
    while (kmsg.bytes > KMSG_BYTES)
        drop_oldest();
    wake_all(&kmsg.queue);
    mutex_unlock(&kmsg.mutex);
}

void kmsg_report(unsigned level, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    size_t length = fmt_buffer_args(text, sizeof(text), format, args);
    va_end(args);
    log_line("%s", text);
    keep(level, text, length < sizeof(text) ? length : sizeof(text) - 1);
}

unsigned kmsg_count(void)
{
    mutex_lock(&kmsg.mutex);
    unsigned count = kmsg.count;
    mutex_unlock(&kmsg.mutex);
    return count;
}

void kmsg_drop(void)
{
    mutex_lock(&kmsg.mutex);
    while (oldest())
        drop_oldest();
    kmsg.next = kmsg.clear = 0;
    mutex_unlock(&kmsg.mutex);
}

/* ---- /dev/kmsg ------------------------------------------------------------------------------ */

static int kmsg_open(struct file *file)
{
    if (file_readable(file) && !current_has(CAP_SYSLOG))
        return -EPERM;
    mutex_lock(&kmsg.mutex);
    const struct record *first = oldest();
    file->position = first ? first->sequence : kmsg.next;
    mutex_unlock(&kmsg.mutex);
    return 0;
}

/* "PRIORITY,SEQUENCE,MICROSECONDS,-;TEXT" and a newline (Documentation/ABI/testing/dev-kmsg). */
static size_t format_record(char line[LINE_MAX], const struct record *record)
{
    size_t length = fmt_buffer(line, LINE_MAX, "%u,%lu,%lu,-;", record->priority, record->sequence,
                               record->time_ns / NANOS_PER_US);

    for (uint32_t i = 0; i < record->length; i++) {
        unsigned char c = (unsigned char)record->text[i];
        if (c < ' ' || c >= 127 || c == '\\')
            length += fmt_buffer(line + length, LINE_MAX - length, "\\x%02x", c);
        else
            line[length++] = (char)c;
    }
    line[length++] = '\n';
    return length;
}

/* The line of the record at a position, which it moves on. 0: there is none yet. Caller holds the
   mutex. */
static long next_line(uint64_t *position, char line[LINE_MAX])
{
    const struct record *first = oldest();

    if (!first || *position >= kmsg.next)
        return 0;
    if (*position < first->sequence) {
        *position = first->sequence;
        return -EPIPE; /* some have gone unread */
    }
    list_for_each (link, &kmsg.records) {
        const struct record *record = list_entry(link, struct record, link);
        if (record->sequence < *position)
            continue;
        *position = record->sequence + 1;
        return (long)format_record(line, record);
    }
    return 0;
}

static long kmsg_file_read(struct file *file, struct iter *to, uint64_t *position)
{
    char line[LINE_MAX];
    uint64_t at = *position;
    int slept = 0;

    mutex_lock(&kmsg.mutex);
    long length = next_line(&at, line);
    while (length == 0 && slept == 0 && !file_nonblocking(file)) {
        slept = wait_on(&kmsg.queue, &kmsg.mutex, NANOS_NEVER);
        length = next_line(&at, line);
    }
    mutex_unlock(&kmsg.mutex);
    if (length == 0)
        return slept < 0 ? -ERESTARTSYS : -EAGAIN;
    if (length > 0 && (size_t)length > to->left)
        return -EINVAL;
    *position = at;
    return length < 0 ? length : iter_put(to, line, (size_t)length);
}

/* "<PRIORITY>TEXT"; without one it is a warning. A program cannot speak as the world itself. */
static long kmsg_file_write(struct file *file, struct iter *from, uint64_t *position)
{
    char text[TEXT_MAX] = "";
    size_t count = from->left;
    uint32_t priority = 0;
    size_t start = 1;

    (void)file, (void)position;
    if (count >= sizeof(text))
        return -EINVAL;
    if (iter_take(from, text, count) != (long)count)
        return -EFAULT;
    size_t length = count;
    while (length > 0 && text[length - 1] == '\n')
        length--;
    text[length] = 0;
    while (text[0] == '<' && text[start] >= '0' && text[start] <= '9' && start < 5)
        priority = priority * 10 + (uint32_t)(text[start++] - '0');
    bool given = text[0] == '<' && text[start] == '>';
    start = given ? start + 1 : 0;
    if (!given)
        priority = KMSG_WARNING;
    if (priority >> FACILITY_SHIFT == 0)
        priority |= FACILITY_USER << FACILITY_SHIFT;
    log_line("%s", text + start);
    keep(priority, text + start, length > start ? length - start : 0);
    return (long)count;
}

static int64_t kmsg_seek(struct file *file, int64_t offset, int whence)
{
    int64_t result = 0;

    if (offset != 0)
        return -ESPIPE;
    mutex_lock(&kmsg.mutex);
    const struct record *first = oldest();
    if (whence == SEEK_SET)
        file->position = first ? first->sequence : kmsg.next;
    else if (whence == SEEK_DATA)
        file->position = kmsg.clear;
    else if (whence == SEEK_END)
        file->position = kmsg.next;
    else
        result = -EINVAL;
    mutex_unlock(&kmsg.mutex);
    return result;
}

static uint32_t kmsg_poll(struct file *file, struct poll_table *table)
{
    poll_add(table, &kmsg.queue);
    mutex_lock(&kmsg.mutex);
    uint32_t ready = file->position < kmsg.next ? POLLIN | POLLRDNORM : 0;
    mutex_unlock(&kmsg.mutex);
    return ready;
}

const struct file_ops kmsg_ops = {.open = kmsg_open,
                                  .read = kmsg_file_read,
                                  .write = kmsg_file_write,
                                  .seek = kmsg_seek,
                                  .poll = kmsg_poll};

/* ---- syslog(2) ------------------------------------------------------------------------------ */

static size_t format_syslog(char line[LINE_MAX], const struct record *record)
{
    size_t length =
        fmt_buffer(line, LINE_MAX, "<%u>[%5lu.%06lu] ", record->priority,
                   record->time_ns / NANOS_PER_S, record->time_ns % NANOS_PER_S / NANOS_PER_US);

    memcpy(line + length, record->text, record->length);
    length += record->length;
    line[length++] = '\n';
    return length;
}

/* What is not cleared, as lines, in one piece of heap. NULL: no memory. */
static char *all_lines(size_t *length)
{
    char *lines = heap_alloc(KMSG_BYTES * 2);
    char line[LINE_MAX];

    *length = 0;
    if (!lines)
        return NULL;
    mutex_lock(&kmsg.mutex);
    list_for_each (link, &kmsg.records) {
        const struct record *record = list_entry(link, struct record, link);
        size_t bytes = record->sequence < kmsg.clear ? 0 : format_syslog(line, record);
        if (*length + bytes > (size_t)KMSG_BYTES * 2)
            break;
        memcpy(lines + *length, line, bytes);
        *length += bytes;
    }
    mutex_unlock(&kmsg.mutex);
    return lines;
}

void kmsg_clear(void)
{
    mutex_lock(&kmsg.mutex);
    kmsg.clear = kmsg.next;
    mutex_unlock(&kmsg.mutex);
}

long kmsg_read_all(struct iter *to, bool clear)
{
    size_t length, start = 0;
    char *lines = all_lines(&length);

    if (!lines)
        return -ENOMEM;
    while (length - start > to->left) { /* the last lines that fit */
        while (start < length && lines[start] != '\n')
            start++;
        start++;
    }
    long done = iter_put(to, lines + start, length - start);
    heap_free(lines);
    if (done >= 0 && clear)
        kmsg_clear();
    return done;
}
