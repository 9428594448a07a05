/**
 * driver.c - a virtio console as a byte stream (abi/stream.h): service "channel".
 *
 * Virtual I/O Device version 1.2, §4.2 (registers in memory) and §5.3 (console): port 0, no
 * features but version 1. Non-goals: several ports, the size of a terminal, devices of earlier
 * versions.
 *
 * A restart resets the device, so what was in its queues is lost: at most QUEUE_ENTRIES buffers
 * each way. What the device does with memory it does to this driver's own, which no other component
 * ever gets; but nothing keeps it there (CAVEATS.md).
 */
#include "drivers/console/virtio/queue.h"
#include "drivers/console/virtio/regs.h"
#include "lib/base/string.h"
#include "native/device.h"
#include "sdk/driver/line.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"

#define BUFFER_BYTES 512u
#define BUFFERS      (QUEUE_COUNT * QUEUE_BYTES) /* where they begin */
#define MEMORY_BYTES (BUFFERS + QUEUE_COUNT * QUEUE_ENTRIES * BUFFER_BYTES)

struct console {
    volatile uint32_t *registers;
    uint8_t *memory; /* shared with the device: queues, then buffers */
    uint64_t physical;
    struct queue queues[QUEUE_COUNT];
    unsigned input; /* the buffer that is being read, or QUEUE_ENTRIES */
    uint32_t input_bytes;
    uint32_t input_read;
};

static uint32_t reg_read(const struct console *console, uint32_t reg)
{
    return console->registers[reg / sizeof(uint32_t)];
}

static void reg_write(const struct console *console, uint32_t reg, uint32_t value)
{
    console->registers[reg / sizeof(uint32_t)] = value;
}

static uint32_t buffer_offset(unsigned queue, unsigned index)
{
    return BUFFERS + (queue * QUEUE_ENTRIES + index) * BUFFER_BYTES;
}

/** Tell the device that there is something in @queue. */
static void notify(const struct console *console, unsigned queue)
{
    device_barrier(); /* the queue in memory, then the register */
    reg_write(console, REG_QUEUE_NOTIFY, queue);
}

/** queue_take(); a device that breaks the protocol is left alone until init tries again. */
static bool take(struct console *console, unsigned queue, unsigned *index, uint32_t *size_bytes)
{
    const status_t status = queue_take(&console->queues[queue], index, size_bytes);
    if (status == PROTOCOL) {
        reg_write(console, REG_STATUS, 0);
        component_exit(1, "the device has broken the protocol");
    }
    return status == OK;
}

/** There is input: the rest of a buffer, or a new one. */
static bool console_readable(void *device)
{
    struct console *console = device;
    while (console->input == QUEUE_ENTRIES) {
        unsigned index;
        if (!take(console, QUEUE_RECEIVE, &index, &console->input_bytes))
            return false;
        console->input = index;
        console->input_read = 0;
        if (console->input_bytes == 0) { /* nothing in it: back at once */
            console->input = QUEUE_ENTRIES;
            queue_give(&console->queues[QUEUE_RECEIVE], index, BUFFER_BYTES);
            notify(console, QUEUE_RECEIVE);
        }
    }
    return true;
}

static uint32_t console_receive(void *device, uint8_t *data, uint32_t size, bool lent)
{
    struct console *console = device;
    uint32_t count = 0;
    bool given = false;
    (void)lent;
    while (count < size && console_readable(console)) {
        const uint32_t left = console->input_bytes - console->input_read;
        const uint32_t part = left < size - count ? left : size - count;
        memcpy(data + count,
               console->memory + buffer_offset(QUEUE_RECEIVE, console->input) + console->input_read,
               part);
        count += part;
        console->input_read += part;
        if (console->input_read < console->input_bytes)
            break;
        queue_give(&console->queues[QUEUE_RECEIVE], console->input, BUFFER_BYTES);
        console->input = QUEUE_ENTRIES;
        given = true;
    }
    if (given)
        notify(console, QUEUE_RECEIVE);
    return count;
}

/** A buffer for output is free; those that the device has done with are. */
static bool console_writable(void *device)
{
    struct console *console = device;
    unsigned index;
    uint32_t size_bytes;
    while (take(console, QUEUE_TRANSMIT, &index, &size_bytes))
        ;
    return queue_free(&console->queues[QUEUE_TRANSMIT]) < QUEUE_ENTRIES;
}

static uint32_t console_send(void *device, const uint8_t *data, uint32_t size)
{
    struct console *console = device;
    if (!console_writable(console))
        return 0;
    const unsigned index = queue_free(&console->queues[QUEUE_TRANSMIT]);
    memcpy(console->memory + buffer_offset(QUEUE_TRANSMIT, index), data, size);
    queue_give(&console->queues[QUEUE_TRANSMIT], index, size);
    notify(console, QUEUE_TRANSMIT);
    return size;
}

/** The device interrupts whenever it has done with a buffer: nothing is to be chosen. */
static void console_await(void *device, bool input, bool output)
{
    (void)device;
    (void)input;
    (void)output;
}

/** §4.2.2: the line falls. What the device does from here on raises it again. */
static void console_interrupted(void *device)
{
    reg_write(device, REG_INTERRUPT_ACKNOWLEDGE, reg_read(device, REG_INTERRUPT_STATUS));
    device_barrier(); /* acknowledged, then the queues are looked at */
}

static void write_address(const struct console *console, uint32_t reg, uint64_t address)
{
    reg_write(console, reg, (uint32_t)address);
    reg_write(console, reg + sizeof(uint32_t), (uint32_t)(address >> 32));
}

/** §4.2.3.2 */
static bool set_up_queue(struct console *console, unsigned index)
{
    const uint64_t offset = index * QUEUE_BYTES;
    const uint64_t physical = console->physical + offset;
    struct queue_memory *memory = (void *)(console->memory + offset);
    reg_write(console, REG_QUEUE_SELECT, index);
    if (reg_read(console, REG_QUEUE_READY) != 0 ||
        reg_read(console, REG_QUEUE_SIZE_MAX) < QUEUE_ENTRIES)
        return false;
    queue_init(&console->queues[index], memory, console->physical + buffer_offset(index, 0),
               BUFFER_BYTES, index == QUEUE_RECEIVE);
    reg_write(console, REG_QUEUE_SIZE, QUEUE_ENTRIES);
    write_address(console, REG_QUEUE_DESCRIPTORS,
                  physical + offsetof(struct queue_memory, descriptors));
    write_address(console, REG_QUEUE_DRIVER, physical + offsetof(struct queue_memory, available));
    write_address(console, REG_QUEUE_DEVICE, physical + offsetof(struct queue_memory, used));
    device_barrier(); /* empty, then in use */
    reg_write(console, REG_QUEUE_READY, 1);
    return true;
}

/** §3.1.1: version 1 and nothing else. */
static bool negotiate(const struct console *console)
{
    reg_write(console, REG_DEVICE_FEATURES_SELECT, 1);
    if (!(reg_read(console, REG_DEVICE_FEATURES) & FEATURES_1_VERSION_1))
        return false;
    reg_write(console, REG_DRIVER_FEATURES_SELECT, 0);
    reg_write(console, REG_DRIVER_FEATURES, 0);
    reg_write(console, REG_DRIVER_FEATURES_SELECT, 1);
    reg_write(console, REG_DRIVER_FEATURES, FEATURES_1_VERSION_1);
    reg_write(console, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    return reg_read(console, REG_STATUS) & STATUS_FEATURES_OK;
}

/** §3.1.1, §4.2.3.1. From a reset on: whatever an earlier driver did is over (§2.4). */
static bool set_up(struct console *console)
{
    console->input = QUEUE_ENTRIES;
    reg_write(console, REG_STATUS, 0);
    if (reg_read(console, REG_STATUS) != 0)
        return false;
    reg_write(console, REG_STATUS, STATUS_ACKNOWLEDGE);
    reg_write(console, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    if (!negotiate(console) || !set_up_queue(console, QUEUE_RECEIVE) ||
        !set_up_queue(console, QUEUE_TRANSMIT)) {
        reg_write(console, REG_STATUS, STATUS_FAILED);
        return false;
    }
    reg_write(console, REG_STATUS,
              STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
    for (unsigned i = 0; i < QUEUE_ENTRIES; i++)
        queue_give(&console->queues[QUEUE_RECEIVE], i, BUFFER_BYTES);
    notify(console, QUEUE_RECEIVE);
    return true;
}

static bool granted(const struct component_device *device, uint64_t size)
{
    return device != NULL && device->size >= size;
}

int component_main(const struct component_info *info)
{
    static struct console console;
    static struct line line;
    static const struct line_ops ops = {.read = console_receive,
                                        .readable = console_readable,
                                        .write = console_send,
                                        .writable = console_writable,
                                        .await = console_await,
                                        .interrupted = console_interrupted,
                                        .tells_once = true,
                                        .burst_bytes = BUFFER_BYTES};
    const struct component_device *registers = component_device(info, DEVICE_MEMORY);
    const struct component_device *memory = component_device(info, DEVICE_DMA);
    const struct component_device *interrupt = component_device(info, DEVICE_IRQ);
    if (!granted(registers, REG_BYTES) || !granted(memory, MEMORY_BYTES) || interrupt == NULL)
        component_exit(1, "the manifest grants no registers, no memory or no interrupt");
    console.registers = (volatile uint32_t *)(uintptr_t)registers->base;
    console.memory = (uint8_t *)(uintptr_t)memory->base;
    console.physical = memory->physical;
    if (reg_read(&console, REG_MAGIC) != MAGIC || reg_read(&console, REG_VERSION) != VERSION ||
        reg_read(&console, REG_DEVICE) != DEVICE_CONSOLE)
        component_exit(0, "no virtio console of version 2 is there");
    line_open(&line, &ops, &console, info, interrupt);
    if (!set_up(&console))
        component_exit(1, "the device cannot be set up");
    log_line("virtio console, %u streams, generation %u", line.count, info->generation);
    line_serve(&line, info);
}
