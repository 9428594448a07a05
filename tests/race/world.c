/**
 * world.c - see world.h: does what the server's main.c and world.c do, without init and a line to
 * the outside.
 */
#include "tests/race/world.h"

#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bootinfo.h"
#include "sdk/rt/component.h"
#include "servers/linux/clock.h"
#include "servers/linux/fd.h"
#include "servers/linux/files.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/process.h"
#include "servers/linux/processors.h"
#include "servers/linux/random.h"
#include "servers/linux/spare.h"
#include "servers/linux/vdso.h"
#include "servers/linux/world.h"
#include "tests/race/guest.h"
#include "tests/race/kernel.h"
#include "tests/unit/unit.h"

#define MEMORY_BYTES (UINT64_C(16) << 20)
#define PROCESSORS   3
#define OBJECT_BYTES (UINT64_C(4) << 20)
#define REGION_SLOT  (SLOT_FIRST_GRANT)
#define PATIENCE_S   60
#define ARCHIVE_MAX  (64u << 10)

/* A vDSO that nobody calls: one symbol must lie behind the other. */
__asm__(".section .rodata\n"
        ".globl vdso_image\nvdso_image: .zero 16\n"
        ".globl vdso_image_end\nvdso_image_end: .byte 0\n"
        ".text\n");

static struct component_info info;
static struct status_page status_page;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool has_ended;
    int status;
} end = {.mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

/* ---- what a component finds ------------------------------------------------------------------ */

const struct component_info *component_self(void) { return &info; }

bool component_take_seed(uint8_t seed[COMPONENT_SEED_BYTES])
{
    memset(seed, 0, COMPONENT_SEED_BYTES);
    return false; /* the processor's numbers are the source here */
}

const struct status_page *component_status(void) { return &status_page; }

uint32_t peer_generation(uint32_t index) { return status_page.components[index].generation; }

bool peer_available(uint32_t index) { return index < status_page.count_components; }

/* pid 1 is gone, and with it every process: its thread has nothing left to do. */
void world_end(int status)
{
    pthread_mutex_lock(&end.mutex);
    end.has_ended = true;
    end.status = status;
    pthread_cond_signal(&end.ended);
    pthread_mutex_unlock(&end.mutex);
    for (;;)
        thread_sleep(NANOS_NEVER, false);
}

static void place_memory(void)
{
    /* With room behind it for what spare.c adds. */
    static char memory[MEMORY_BYTES + 2 * OBJECT_BYTES] __attribute__((aligned(OBJECT_BYTES)));

    info = (struct component_info){.magic = COMPONENT_MAGIC,
                                   .name = "race",
                                   .clock_multiplier = UINT64_C(1) << 32,
                                   .object_bytes = OBJECT_BYTES,
                                   .count_processors = PROCESSORS,
                                   .table_slots_log2 = COMPONENT_TABLE_SLOTS_LOG2_OBJECTS,
                                   .features = BOOTINFO_FEATURE_RANDOM,
                                   .count_memory = 1};
    info.memory[0] = (struct component_memory){
        .address = (uintptr_t)memory, .size_bytes = MEMORY_BYTES, .region_slot = REGION_SLOT};
    kernel_place_region(REGION_SLOT, memory, MEMORY_BYTES);
}

/* ---- the root: an archive with programs ---------------------------------------------------------
 */

static char archive[ARCHIVE_MAX];
static size_t archive_bytes;

static void put(const char *name, uint32_t mode, const void *data, size_t bytes)
{
    static unsigned number;
    size_t name_bytes = strlen(name) + 1;

    archive_bytes += (size_t)snprintf(
        archive + archive_bytes, ARCHIVE_MAX - archive_bytes,
        "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", ++number, mode, 0, 0, 1, 0,
        (unsigned)bytes, 0, 0, 0, 0, (unsigned)name_bytes, 0, name);
    archive_bytes = (archive_bytes + 1 + 3) & ~(size_t)3;
    if (bytes > 0)
        memcpy(archive + archive_bytes, data, bytes);
    archive_bytes = (archive_bytes + bytes + 3) & ~(size_t)3;
}

void world_add_program(const char *path, const struct guest_program *program)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr data;
    } image = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_EXEC,
                   .e_machine = EM_X86_64,
                   .e_version = EV_CURRENT,
                   .e_entry = program->address,
                   .e_phoff = sizeof(Elf64_Ehdr),
                   .e_ehsize = sizeof(Elf64_Ehdr),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 1},
        .data = {.p_type = PT_LOAD,
                 .p_flags = PF_R | PF_W,
                 .p_vaddr = DATA,
                 .p_paddr = DATA,
                 .p_memsz = DATA_BYTES,
                 .p_align = 4096},
    };
    put(path, 0100755, &image, sizeof(image));
}

/* ---- start -------------------------------------------------------------------------------------
 */

static void start(const struct guest_program *program)
{
    static const char *const argv[] = {"/init", NULL}, *const envp[] = {NULL};
    static struct files files;
    struct context *context;

    processors_init(&info);
    thread_adopt_first();
    spare_init(&info);
    objects_init(&info);
    memory_init(&info);
    thread_first_may_sleep();
    REQUIRE(random_start(&info) == 0 && vdso_init(&info) == 0);
    clock_init(&info);
    timers_start();
    world_add_program("init", program);
    put("TRAILER!!!", 0, NULL, 0);
    const char *reason = files_start(&files, archive, archive_bytes, &proc_view);
    if (reason)
        printf("# %s\n", reason);
    REQUIRE(reason == NULL);
    context = context_current();
    context->fs = fs_context_create(files.root);
    context->files = fd_table_create();
    REQUIRE(context->fs && context->files);
    REQUIRE(process_start_init(argv[0], argv, envp) == 0);
}

int world_run(const struct guest_program *program)
{
    struct timespec limit;

    kernel_begin(SLOT_THREAD);
    place_memory();
    start(program);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&end.mutex);
    while (!end.has_ended)
        REQUIRE(pthread_cond_timedwait(&end.ended, &end.mutex, &limit) == 0);
    pthread_mutex_unlock(&end.mutex);
    return end.status;
}
