/*
 * sysfs_table.c - what stands in /sys: the processor, the memory node, and the places where
 * programs look for devices, of which a world has none.
 */
#include "servers/linux/proc.h"

#define TEXT(name_, kind_)       PROC_SETTING(name_, proc_show_text, kind_)
#define STRING(name_, show_)     PROC_SETTING(name_, show_, 0)
#define CONSTANT(name_, number_) PROC_SETTING(name_, proc_show_value, number_)

/* The list of processors that there are, and the same as a mask. */
static void show_processors(struct text *text, const struct proc_node *node)
{
    uint64_t count = proc_source->number(PROC_PROCESSORS_ONLINE);

    (void)node;
    if (count == 1)
        text_format(text, "0\n");
    else
        text_format(text, "0-%lu\n", count - 1);
}

static void show_processors_mask(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "%lx\n", (UINT64_C(1) << proc_source->number(PROC_PROCESSORS_ONLINE)) - 1);
}

/* The processor in whose directory that is: its number, and as a mask. */
static void show_own(struct text *text, const struct proc_node *node)
{
    text_format(text, "%d\n", node->number);
}

static void show_own_mask(struct text *text, const struct proc_node *node)
{
    text_format(text, "%lx\n", UINT64_C(1) << node->number);
}

static int processor_next(const struct proc_node *node, int after)
{
    (void)node;
    return after + 1 < (int)proc_source->number(PROC_PROCESSORS_ONLINE) ? after + 1 : 0;
}

/* The list of memory nodes that there are: number 0. */
static void show_zero(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "0\n");
}

static void show_empty(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "\n");
}

static const struct proc_entry nothing[] = {{0}};

/* ---- the processor -------------------------------------------------------------------------- */

static const struct proc_entry topology_children[] = {
    STRING("core_cpus", show_own_mask),
    STRING("core_cpus_list", show_own),
    STRING("core_id", show_own),
    STRING("core_siblings", show_processors_mask),
    STRING("core_siblings_list", show_processors),
    STRING("die_cpus", show_processors_mask),
    STRING("die_cpus_list", show_processors),
    CONSTANT("die_id", 0),
    STRING("package_cpus", show_processors_mask),
    STRING("package_cpus_list", show_processors),
    CONSTANT("physical_package_id", 0),
    STRING("thread_siblings", show_own_mask),
    STRING("thread_siblings_list", show_own),
    {0},
};

/* `which` of a cache's entries: its index and what of it. */
enum cache_part { CACHE_LEVEL, CACHE_TYPE, CACHE_SIZE, CACHE_LINE, CACHE_WAYS, CACHE_SETS };
#define CACHE_PARTS 8

static bool cache_exists(const struct proc_entry *entry)
{
    struct proc_cache cache;
    return proc_source->cache((unsigned)entry->which, &cache);
}

static void show_cache(struct text *text, const struct proc_node *node)
{
    static const char *const types[] = {"", "Data", "Instruction", "Unified"};
    unsigned which = (unsigned)node->entry->which;
    struct proc_cache cache;

    if (!proc_source->cache(which / CACHE_PARTS, &cache))
        return;
    switch ((enum cache_part)(which % CACHE_PARTS)) {
    case CACHE_LEVEL:
        text_format(text, "%u\n", cache.level);
        break;
    case CACHE_TYPE:
        text_format(text, "%s\n", types[cache.type % ARRAY_LENGTH(types)]);
        break;
    case CACHE_SIZE:
        text_format(text, "%uK\n", cache.line_bytes * cache.ways * cache.sets / 1024);
        break;
    case CACHE_LINE:
        text_format(text, "%u\n", cache.line_bytes);
        break;
    case CACHE_WAYS:
        text_format(text, "%u\n", cache.ways);
        break;
    case CACHE_SETS:
        text_format(text, "%u\n", cache.sets);
        break;
    }
}

#define CACHE_FILE(name_, index_, part_)                                                           \
    PROC_SETTING(name_, show_cache, (index_)*CACHE_PARTS + (part_))
#define CACHE_FILES(index_)                                                                        \
    {                                                                                              \
        CACHE_FILE("coherency_line_size", index_, CACHE_LINE), CONSTANT("id", 0),                  \
            CACHE_FILE("level", index_, CACHE_LEVEL),                                              \
            CACHE_FILE("number_of_sets", index_, CACHE_SETS), STRING("shared_cpu_list", show_own), \
            STRING("shared_cpu_map", show_own_mask), CACHE_FILE("size", index_, CACHE_SIZE),       \
            CACHE_FILE("type", index_, CACHE_TYPE),                                                \
            CACHE_FILE("ways_of_associativity", index_, CACHE_WAYS),                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CACHE_DIRECTORY(name_, index_)                                                             \
    {                                                                                              \
        .name = name_, .mode = S_IFDIR | 0555, .children = cache_files[index_], .which = index_,   \
        .exists = cache_exists                                                                     \
    }

static const struct proc_entry cache_files[][10] = {CACHE_FILES(0), CACHE_FILES(1), CACHE_FILES(2),
                                                    CACHE_FILES(3)};

static const struct proc_entry cache_children[] = {
    CACHE_DIRECTORY("index0", 0),
    CACHE_DIRECTORY("index1", 1),
    CACHE_DIRECTORY("index2", 2),
    CACHE_DIRECTORY("index3", 3),
    {0},
};

static const struct proc_entry processor_children[] = {
    PROC_DIRECTORY("cache", cache_children),
    PROC_DIRECTORY("topology", topology_children),
    {0},
};

static const struct proc_entry processor_entry = PROC_DIRECTORY("cpuN", processor_children);

static const struct proc_entry cpu_children[] = {
    STRING("isolated", show_empty),
    CONSTANT("kernel_max", PROCESSORS_MAX - 1),
    STRING("offline", show_empty),
    STRING("online", show_processors),
    STRING("possible", show_processors),
    STRING("present", show_processors),
    {0},
};

/* ---- memory --------------------------------------------------------------------------------- */

static void show_node_memory(struct text *text, const struct proc_node *node)
{
    struct proc_memory m;

    (void)node;
    proc_source->memory(&m);
    text_format(text, "Node 0 MemTotal:       %8lu kB\n", m.total_pages * (PAGE_BYTES / 1024));
    text_format(text, "Node 0 MemFree:        %8lu kB\n", m.free_pages * (PAGE_BYTES / 1024));
    text_format(text, "Node 0 MemUsed:        %8lu kB\n",
                (m.total_pages - m.free_pages) * (PAGE_BYTES / 1024));
    text_format(text, "Node 0 AnonPages:      %8lu kB\n", m.anonymous_pages * (PAGE_BYTES / 1024));
}

static const struct proc_entry node0_children[] = {
    STRING("cpulist", show_processors),
    STRING("cpumap", show_processors_mask),
    CONSTANT("distance", 10), /* to itself, as ACPI's SLIT counts */
    STRING("meminfo", show_node_memory),
    {0},
};

static const struct proc_entry node_children[] = {
    STRING("has_cpu", show_zero),
    STRING("has_memory", show_zero),
    STRING("has_normal_memory", show_zero),
    PROC_DIRECTORY("node0", node0_children),
    STRING("online", show_zero),
    STRING("possible", show_zero),
    {0},
};

static void show_never(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "always madvise [never]\n");
}

static const struct proc_entry huge_children[] = {
    STRING("enabled", show_never),
    {0},
};

static const struct proc_entry mm_children[] = {
    PROC_DIRECTORY("transparent_hugepage", huge_children),
    {0},
};

/* ---- all of it --------------------------------------------------------------------------------
 */

static const struct proc_entry kernel_children[] = {
    PROC_DIRECTORY("mm", mm_children),
    {0},
};

static const struct proc_entry system_children[] = {
    {.name = "cpu",
     .mode = S_IFDIR | 0555,
     .children = cpu_children,
     .member = &processor_entry,
     .member_prefix = "cpu",
     .member_next = processor_next},
    PROC_DIRECTORY("node", node_children),
    {0},
};

static const struct proc_entry devices_children[] = {
    PROC_DIRECTORY("system", system_children),
    {0},
};

static const struct proc_entry class_children[] = {
    PROC_DIRECTORY("net", nothing),
    {0},
};

static const struct proc_entry dev_children[] = {
    PROC_DIRECTORY("block", nothing),
    PROC_DIRECTORY("char", nothing),
    {0},
};

static const struct proc_entry sys_children[] = {
    PROC_DIRECTORY("block", nothing),
    PROC_DIRECTORY("bus", nothing),
    PROC_DIRECTORY("class", class_children),
    PROC_DIRECTORY("dev", dev_children),
    PROC_DIRECTORY("devices", devices_children),
    PROC_DIRECTORY("fs", nothing),
    PROC_DIRECTORY("kernel", kernel_children),
    PROC_DIRECTORY("module", nothing),
    {0},
};

const struct proc_entry sysfs_root_entry = {.mode = S_IFDIR | 0555, .children = sys_children};
