/*
 * proc_view_cpu.c - what the processor says about itself, for /proc/cpuinfo and /sys. Leaves of
 * CPUID: Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E. Names of features: Linux's.
 */
#include "lib/base/string.h"
#include "sdk/rt/component.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/processors.h"

#define LEAF_FEATURES          1
#define LEAF_CACHES            4
#define LEAF_MORE_FEATURES     7
#define LEAF_EXTENDED          0x80000000u
#define LEAF_EXTENDED_FEATURES 0x80000001u
#define LEAF_NAME              0x80000002u
#define LEAF_SECOND_CACHE      0x80000006u /* AMD */
#define LEAF_SIZES             0x80000008u
#define LEAF_AMD_CACHES        0x8000001du /* in the form of LEAF_CACHES */
#define XCR0_AVX               6           /* SSE and AVX state are switched on */
#define FEATURE_OSXSAVE        27
#define FEATURE_OSPKE          4
#define CACHE_TYPE_MASK        0x1fu
#define KHZ_PER_MHZ            1000

struct cpuid {
    uint32_t a, b, c, d;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t part)
{
    struct cpuid out;
    __asm__ volatile("cpuid"
                     : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d)
                     : "a"(leaf), "c"(part));
    return out;
}

/* A leaf that this processor has, or zeros. */
static struct cpuid cpuid_if_there(uint32_t leaf, uint32_t part)
{
    if (leaf > cpuid(leaf & LEAF_EXTENDED, 0).a)
        return (struct cpuid){0, 0, 0, 0};
    return cpuid(leaf, part);
}

/* ---- features ------------------------------------------------------------------------------ */

static const char *const names_1d[32] = {
    "fpu",  "vme",  "de",   "pse", "tsc",  "msr", "pae",   "mce", "cx8",     "apic", NULL,
    "sep",  "mtrr", "pge",  "mca", "cmov", "pat", "pse36", "pn",  "clflush", NULL,   "dts",
    "acpi", "mmx",  "fxsr", "sse", "sse2", "ss",  "ht",    "tm",  "ia64",    "pbe"};
static const char *const names_1c[32] = {
    "pni",    "pclmulqdq", "dtes64", "monitor", "ds_cpl",
    "vmx",    "smx",       "est",    "tm2",     "ssse3",
    "cid",    "sdbg",      "fma",    "cx16",    "xtpr",
    "pdcm",   NULL,        "pcid",   "dca",     "sse4_1",
    "sse4_2", "x2apic",    "movbe",  "popcnt",  "tsc_deadline_timer",
    "aes",    "xsave",     NULL,     "avx",     "f16c",
    "rdrand", "hypervisor"};
static const char *const names_7b[32] = {
    "fsgsbase",   "tsc_adjust", NULL,         "bmi1",     "hle",    "avx2",     NULL,
    "smep",       "bmi2",       "erms",       "invpcid",  "rtm",    NULL,       NULL,
    NULL,         NULL,         "avx512f",    "avx512dq", "rdseed", "adx",      "smap",
    "avx512ifma", NULL,         "clflushopt", "clwb",     NULL,     "avx512pf", "avx512er",
    "avx512cd",   "sha_ni",     "avx512bw",   "avx512vl"};
static const char *const names_7c[32] = {NULL,
                                         "avx512vbmi",
                                         "umip",
                                         "pku",
                                         "ospke",
                                         "waitpkg",
                                         "avx512_vbmi2",
                                         NULL,
                                         "gfni",
                                         "vaes",
                                         "vpclmulqdq",
                                         "avx512_vnni",
                                         "avx512_bitalg",
                                         NULL,
                                         "avx512_vpopcntdq",
                                         NULL,
                                         "la57",
                                         [22] = "rdpid",
                                         [25] = "cldemote",
                                         [27] = "movdiri",
                                         [28] = "movdir64b"};
static const char *const names_7d[32] = {
    [2] = "avx512_4vnniw", [3] = "avx512_4fmaps", [4] = "fsrm",      [8] = "avx512_vp2intersect",
    [10] = "md_clear",     [14] = "serialize",    [16] = "tsxldtrk", [22] = "amx_bf16",
    [23] = "avx512_fp16",  [24] = "amx_tile",     [25] = "amx_int8"};
static const char *const names_xd[32] = {
    [11] = "syscall", [19] = "mp",     [20] = "nx", [22] = "mmxext",   [25] = "fxsr_opt",
    [26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm", [30] = "3dnowext", [31] = "3dnow"};
static const char *const names_xc[32] = {
    [0] = "lahf_lm",       [1] = "cmp_legacy", [2] = "svm",   [3] = "extapic",
    [4] = "cr8_legacy",    [5] = "abm",        [6] = "sse4a", [7] = "misalignsse",
    [8] = "3dnowprefetch", [11] = "xop",       [16] = "fma4", [21] = "tbm"};

/* What of it is of use to a program: as on Linux, a feature whose state the kernel does not switch
   is not there. */
struct usable {
    bool xsave, avx, keys;
};

static struct usable what_is_switched(const struct cpuid *features, const struct cpuid *more)
{
    struct usable usable = {.xsave = features->c >> FEATURE_OSXSAVE & 1,
                            .keys = more->c >> FEATURE_OSPKE & 1};
    uint32_t low, high;

    if (!usable.xsave)
        return usable;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    usable.avx = (low & XCR0_AVX) == XCR0_AVX;
    return usable;
}

static bool needs_avx(const char *name)
{
    return strncmp(name, "avx", 3) == 0 || strcmp(name, "fma") == 0 || strcmp(name, "fma4") == 0 ||
           strcmp(name, "xop") == 0 || strcmp(name, "f16c") == 0 || strcmp(name, "vaes") == 0 ||
           strcmp(name, "vpclmulqdq") == 0;
}

static bool is_usable(const struct usable *usable, const char *name)
{
    if (strcmp(name, "xsave") == 0)
        return usable->xsave;
    if (strcmp(name, "pku") == 0)
        return usable->keys;
    return usable->avx || !needs_avx(name);
}

static void show_features(struct text *text)
{
    const struct cpuid first = cpuid(LEAF_FEATURES, 0);
    const struct cpuid more = cpuid_if_there(LEAF_MORE_FEATURES, 0);
    const struct cpuid extended = cpuid_if_there(LEAF_EXTENDED_FEATURES, 0);
    const struct {
        const char *const *names;
        uint32_t bits;
    } words[] = {{names_1d, first.d},    {names_xd, extended.d}, {names_1c, first.c},
                 {names_xc, extended.c}, {names_7b, more.b},     {names_7c, more.c},
                 {names_7d, more.d}};
    const struct usable usable = what_is_switched(&first, &more);

    text_format(text, "flags\t\t:");
    for (unsigned i = 0; i < ARRAY_LENGTH(words); i++) {
        for (unsigned bit = 0; bit < 32; bit++) {
            const char *name = words[i].names[bit];
            if (name && words[i].bits >> bit & 1 && is_usable(&usable, name))
                text_format(text, " %s", name);
        }
    }
    text_format(text, "\n");
}

/* ---- identity ------------------------------------------------------------------------------- */

static void show_names(struct text *text, uint32_t number)
{
    const struct cpuid vendor = cpuid(0, 0);
    const struct cpuid first = cpuid(LEAF_FEATURES, 0);
    struct cpuid name[4] = {{0, 0, 0, 0}};
    uint32_t family = first.a >> 8 & 0xf, model = first.a >> 4 & 0xf;

    for (uint32_t i = 0; i < 3; i++)
        name[i] = cpuid_if_there(LEAF_NAME + i, 0);
    if (family == 6 || family == 15)
        model += (first.a >> 16 & 0xf) << 4;
    if (family == 15)
        family += first.a >> 20 & 0xff;
    text_format(text,
                "processor\t: %u\nvendor_id\t: %.4s%.4s%.4s\ncpu family\t: %u\nmodel\t\t: %u\n",
                number, (const char *)&vendor.b, (const char *)&vendor.d, (const char *)&vendor.c,
                family, model);
    text_format(text, "model name\t: %s\nstepping\t: %u\n", (const char *)name, first.a & 0xf);
}

/* The rate of the time stamp counter, from how the kernel's clock is made of it. */
static uint64_t clock_khz(void)
{
    uint64_t multiplier = component_self()->clock_multiplier; /* 2^32 ns a count */
    return multiplier ? (UINT64_C(1000000) << 32) / multiplier : 0;
}

bool proc_view_cache(unsigned index, struct proc_cache *cache)
{
    struct cpuid leaf = cpuid_if_there(LEAF_CACHES, index);

    if (!(leaf.a & CACHE_TYPE_MASK))
        leaf = cpuid_if_there(LEAF_AMD_CACHES, index);
    *cache = (struct proc_cache){.type = leaf.a & CACHE_TYPE_MASK,
                                 .level = leaf.a >> 5 & 7,
                                 .line_bytes = (leaf.b & 0xfff) + 1,
                                 .ways = (leaf.b >> 22) + 1,
                                 .sets = leaf.c + 1};
    return cache->type != 0;
}

static uint32_t largest_cache_kib(void)
{
    struct proc_cache cache;
    uint32_t largest = cpuid_if_there(LEAF_SECOND_CACHE, 0).c >> 16;

    for (unsigned i = 0; proc_view_cache(i, &cache); i++) {
        uint32_t kib = cache.line_bytes * cache.ways * cache.sets / 1024;
        if (kib > largest)
            largest = kib;
    }
    return largest;
}

/* All are alike. APIC IDs are left out: only the processor itself knows its own. */
void proc_view_processor(struct text *text, uint32_t number)
{
    const struct cpuid first = cpuid(LEAF_FEATURES, 0);
    const struct cpuid sizes = cpuid_if_there(LEAF_SIZES, 0);
    uint64_t khz = clock_khz();
    uint32_t line = (first.b >> 8 & 0xff) * 8;

    show_names(text, number);
    text_format(text, "cpu MHz\t\t: %lu.%03lu\ncache size\t: %u KB\n", khz / KHZ_PER_MHZ,
                khz % KHZ_PER_MHZ, largest_cache_kib());
    text_format(text, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n",
                processors_count, number, processors_count);
    text_format(text, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n",
                cpuid(0, 0).a);
    show_features(text);
    text_format(text, "bugs\t\t:\nbogomips\t: %lu.%02lu\n", khz * 2 / KHZ_PER_MHZ,
                khz * 2 % KHZ_PER_MHZ / 10);
    text_format(text, "clflush size\t: %u\ncache_alignment\t: %u\n", line, line);
    text_format(text, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
                sizes.a & 0xff, sizes.a >> 8 & 0xff);
}
