/**
 * mutate.c - operations that are likely to mean something, and changes of lists of them.
 *
 * Each operation of each object has a line that says what its arguments are; a letter stands for a
 * kind of argument. What is drawn from it is plausible most of the time.
 */
#include "tests/fuzz/mutate.h"

#include <corm/object.h>
#include <corm/operations.h>
#include <string.h>

#include "lib/base/types.h"

#define CHANGES_MAX 4u

struct shape {
    uint8_t type;
    uint8_t op;
    const char *arguments;
};

static const struct shape shapes[] = {
    {OBJECT_UNTYPED, UNTYPED_OP_RETYPE, "klfte"},
    {OBJECT_UNTYPED, UNTYPED_OP_RETYPE, "klfte"},
    {OBJECT_UNTYPED, UNTYPED_OP_RESET, ""},
    {OBJECT_UNTYPED, UNTYPED_OP_INFO, ""},
    {OBJECT_REGION, REGION_OP_MINT, "olrte"},
    {OBJECT_REGION, REGION_OP_INFO, ""},
    {OBJECT_SPACE, SPACE_OP_ATTACH, "iRwW"},
    {OBJECT_SPACE, SPACE_OP_DETACH, "i"},
    {OBJECT_SPACE, SPACE_OP_DONATE, "iU"},
    {OBJECT_SPACE, SPACE_OP_MAP, "iovzr"},
    {OBJECT_SPACE, SPACE_OP_MAP, "iovzr"},
    {OBJECT_SPACE, SPACE_OP_UNMAP, "vz"},
    {OBJECT_SPACE, SPACE_OP_PROTECT, "ivzr"},
    {OBJECT_SPACE, SPACE_OP_MAP_LIST, "cqqqqqqq"},
    {OBJECT_SPACE, SPACE_OP_CLONE_RANGE, "iPvzf"},
    {OBJECT_SPACE, SPACE_OP_HARVEST, "v"},
    {OBJECT_SPACE, SPACE_OP_INFO, ""},
    {OBJECT_TABLE, TABLE_OP_COPY, "stea"},
    {OBJECT_TABLE, TABLE_OP_MINT, "steab"},
    {OBJECT_TABLE, TABLE_OP_MINT, "steab"},
    {OBJECT_TABLE, TABLE_OP_MOVE, "ste"},
    {OBJECT_TABLE, TABLE_OP_DELETE, "s"},
    {OBJECT_TABLE, TABLE_OP_REVOKE, "s"},
    {OBJECT_TABLE, TABLE_OP_INSPECT, "s"},
    {OBJECT_THREAD, THREAD_OP_CONFIGURE, "TPE"},
    {OBJECT_THREAD, THREAD_OP_SET_FLOOR, "Sp"},
    {OBJECT_THREAD, THREAD_OP_START, "vvvv"},
    {OBJECT_THREAD, THREAD_OP_SUSPEND, ""},
    {OBJECT_THREAD, THREAD_OP_RESUME, ""},
    {OBJECT_THREAD, THREAD_OP_KICK, ""},
    {OBJECT_THREAD, THREAD_OP_SET_GUEST, "PRo"},
    {OBJECT_THREAD, THREAD_OP_VECTOR_OUT, ""},
    {OBJECT_THREAD, THREAD_OP_VECTOR_IN, ""},
    {OBJECT_THREAD, THREAD_OP_BIND_NOTIFICATION, "N"},
    {OBJECT_THREAD, THREAD_OP_SET_TLS, "v"},
    {OBJECT_THREAD, THREAD_OP_LIMIT_REQUEST, "n"},
    {OBJECT_THREAD, THREAD_OP_INSPECT, ""},
    {OBJECT_SCHED, SCHED_OP_SPLIT, "Snmnp"},
    {OBJECT_SCHED, SCHED_OP_BIND, "H"},
    {OBJECT_SCHED, SCHED_OP_CONFIGURE, "nmnp"},
    {OBJECT_SCHED, SCHED_OP_CONSUMED, ""},
    {OBJECT_ENDPOINT, ENDPOINT_OP_CALL, "xx"},
    {OBJECT_ENDPOINT, ENDPOINT_OP_CALL, "x"},
    {OBJECT_ENDPOINT, ENDPOINT_OP_CALL, "x"},
    {OBJECT_ENDPOINT, ENDPOINT_OP_CALL_DEADLINE, "x"},
    {OBJECT_ENDPOINT, ENDPOINT_OP_DEMAND_BUDGET, "n"},
    {OBJECT_NOTIFICATION, NOTIFICATION_OP_SIGNAL, ""},
    {OBJECT_NOTIFICATION, NOTIFICATION_OP_SIGNAL, ""},
    {OBJECT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, "Lffte"},
    {OBJECT_IRQ, IRQ_OP_BIND, "N"},
    {OBJECT_IRQ, IRQ_OP_ACK, ""},
    {OBJECT_IOPORT, IOPORT_OP_MINT, "Lkte"},
    {OBJECT_IOPORT, IOPORT_OP_IN, "Lk"},
    {OBJECT_IOPORT, IOPORT_OP_OUT, "Lkx"},
    {OBJECT_IOPORT, IOPORT_OP_OUT_BYTES, "Lkxxxx"},
};

bool mutate_makes(unsigned type, unsigned op)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(shapes); i++)
        if (shapes[i].type == type && shapes[i].op == op)
            return true;
    return false;
}

static uint64_t random_state;

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(void)
{
    uint64_t mixed = random_state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint8_t below(unsigned limit) { return (uint8_t)(draw() % limit); }

static bool one_in(unsigned many) { return below(many) == 0; }

static struct value value(unsigned class, unsigned n)
{
    return (struct value){.class = (uint8_t) class, .n = (uint8_t)n};
}

static struct value any_value(void) { return value(below(VALUE_CLASSES), (unsigned)draw()); }

static struct value typed(unsigned type) { return value(VALUE_TYPED + type - 1, below(6)); }

static struct value capability(unsigned type)
{
    return one_in(6) ? value(VALUE_NUMBER, 0) : typed(type);
}

static struct value memory_argument(char letter)
{
    static const uint8_t sizes[] = {2, 3, 4, 5, 6, 12, 12, 12, 13, 13, 14, 15, 16, 21};
    switch (letter) {
    case 'k':
        return value(VALUE_NUMBER, 1 + below(8));
    case 'l':
        return value(VALUE_NUMBER, sizes[below(sizeof sizes)]);
    case 'o':
        return value(VALUE_BYTES, below(5));
    case 'w':
        return value(VALUE_PAGE, 0);
    case 'W':
        return value(VALUE_POWER, 14 + below(10));
    case 'v':
        return one_in(4) ? value(VALUE_LARGE, below(3)) : value(VALUE_PAGE, below(24));
    case 'z':
        return one_in(4) ? value(VALUE_POWER, 20 + below(4)) : value(VALUE_BYTES, 1 + below(17));
    case 'c':
        return value(VALUE_CONTROL, below(64));
    default: /* 'q' */
        return value(VALUE_PAIR, below(200));
    }
}

static struct value other_argument(char letter)
{
    static const uint8_t rights[] = {1, 1, 3, 3, 5, 7, 2, 0};
    switch (letter) {
    case 'f':
        return value(VALUE_NUMBER, below(2));
    case 'i':
        return value(VALUE_NUMBER, below(9));
    case 'r':
        return value(VALUE_NUMBER, rights[below(sizeof rights)]);
    case 'a':
        return value(VALUE_NUMBER, one_in(3) ? below(8) : 255);
    case 'b':
        return value(VALUE_NUMBER, one_in(2) ? 0 : 1 + below(15));
    case 'p':
        return value(VALUE_NUMBER, 90 + below(130));
    case 'L':
        return value(VALUE_NUMBER, below(6));
    case 'm':
        return value(VALUE_MILLIS, 1 + below(10));
    case 'n':
        return value(VALUE_MICROS, below(200));
    default: /* 'x': a word that nobody looks at */
        return value(VALUE_NUMBER, below(3));
    }
}

static struct value argument(char letter)
{
    if (one_in(24))
        return one_in(2) ? value(VALUE_ABSURD, below(32)) : any_value();
    switch (letter) {
    case 't':
        return one_in(5) ? typed(OBJECT_TABLE) : value(VALUE_NUMBER, 1);
    case 'e':
        return value(VALUE_EMPTY, below(8));
    case 's':
        return value(VALUE_SLOT, below(64));
    case 'R':
        return capability(OBJECT_REGION);
    case 'U':
        return capability(OBJECT_UNTYPED);
    case 'P':
        return capability(OBJECT_SPACE);
    case 'T':
        return capability(OBJECT_TABLE);
    case 'E':
        return capability(OBJECT_ENDPOINT);
    case 'S':
        return capability(OBJECT_SCHED);
    case 'H':
        return capability(OBJECT_THREAD);
    case 'N':
        return capability(OBJECT_NOTIFICATION);
    case 'k':
    case 'l':
    case 'o':
    case 'w':
    case 'W':
    case 'v':
    case 'z':
    case 'c':
    case 'q':
        return memory_argument(letter);
    default:
        return other_argument(letter);
    }
}

static void make_call(struct op *op)
{
    const struct shape *shape = &shapes[draw() % ARRAY_LENGTH(shapes)];
    op->kind = OP_CALL;
    op->name = typed(shape->type);
    op->op = one_in(30) ? below(64) : shape->op;
    for (const char *at = shape->arguments; *at != 0; at++)
        op->words[op->count_words++] = argument(*at);
    if (one_in(6))
        op->deadline = below(12);
}

static void make_receive(struct op *op)
{
    op->kind = OP_RECEIVE;
    op->name = typed(one_in(3) ? OBJECT_NOTIFICATION : OBJECT_ENDPOINT);
    op->op = one_in(3) ? ENDPOINT_OP_RECEIVE_DEADLINE : ENDPOINT_OP_RECEIVE;
    op->deadline = below(12);
    op->label = one_in(6) ? below(16) : 0;
}

static void make_event(struct op *op)
{
    static const uint8_t kinds[] = {OP_YIELD, OP_ENTER,     OP_RESTART, OP_FAULT, OP_GUEST_EXIT,
                                    OP_TIME,  OP_TIME,      OP_TURN,    OP_TURN,  OP_RAISE,
                                    OP_RAISE, OP_INTERRUPT, OP_ACCESS,  OP_FRAME, OP_FAST};
    op->kind = kinds[below(sizeof kinds)];
    op->op = (uint8_t)draw();
    op->name = any_value();
    if (op->kind == OP_TIME)
        op->name = value(one_in(3) ? VALUE_MILLIS : VALUE_MICROS, below(one_in(4) ? 250 : 60));
    else if (op->kind == OP_RAISE)
        op->name = value(VALUE_NUMBER, below(6));
    else if (op->kind == OP_ACCESS || op->kind == OP_FAULT)
        op->name = memory_argument('v');
    else if (op->kind == OP_FRAME)
        op->name = one_in(2) ? value(VALUE_ABSURD, below(32)) : memory_argument('v');
}

static void make_op(struct op *op)
{
    memset(op, 0, sizeof *op);
    unsigned kind = below(16);
    if (kind < 8)
        make_call(op);
    else if (kind < 11)
        make_receive(op);
    else
        make_event(op);
    if (op_is_syscall(op) && one_in(60))
        op->kind = OP_RAW;
    if (op_is_syscall(op) && one_in(5))
        op->send = (uint8_t)draw();
    if (op_is_syscall(op) && one_in(5))
        op->receive = (uint8_t)(128 + below(128));
    if (one_in(4))
        op->window = (uint8_t)(1 + below(4) + 16 * (one_in(2) ? below(4) : 0));
}

static size_t any_place(const struct ops *ops) { return draw() % (ops->count + 1); }

static void insert(struct ops *ops, size_t at, const struct op *op)
{
    if (ops->count == OPS_MAX)
        return;
    memmove(&ops->list[at + 1], &ops->list[at], (ops->count - at) * sizeof *op);
    ops->list[at] = *op;
    ops->count++;
}

static void remove_some(struct ops *ops, size_t at, size_t count)
{
    if (count > ops->count - at)
        count = ops->count - at;
    memmove(&ops->list[at], &ops->list[at + count],
            (ops->count - at - count) * sizeof ops->list[0]);
    ops->count -= count;
}

/* A part of the list once more, elsewhere. */
static void repeat_some(struct ops *ops)
{
    struct op copy[8];
    size_t from = draw() % ops->count;
    size_t count = 1 + below(ARRAY_LENGTH(copy));
    if (count > ops->count - from)
        count = ops->count - from;
    memcpy(copy, &ops->list[from], count * sizeof copy[0]);
    size_t to = any_place(ops);
    for (size_t i = 0; i < count; i++)
        insert(ops, to + i <= ops->count ? to + i : ops->count, &copy[i]);
}

static void change_value(struct value *value)
{
    switch (below(4)) {
    case 0:
        value->n++;
        break;
    case 1:
        value->n--;
        break;
    case 2:
        value->n = below(one_in(2) ? 8 : 256);
        break;
    default:
        *value = any_value();
    }
}

static void change_op(struct op *op)
{
    switch (below(8)) {
    case 0:
        op->window = (uint8_t)(one_in(2) ? 0 : 1 + below(6));
        break;
    case 1:
        op->deadline = below(12);
        break;
    case 2:
        op->send = one_in(2) ? 0 : (uint8_t)draw();
        op->receive = one_in(2) ? 0 : (uint8_t)(128 + below(128));
        break;
    case 3:
        op->label = below(16);
        op->op = (uint8_t)(op->op + 1 - 2 * below(2));
        break;
    case 4:
        change_value(&op->name);
        break;
    default:
        if (op->count_words > 0)
            change_value(&op->words[below(op->count_words)]);
        else
            change_value(&op->name);
    }
}

static void swap(struct op *a, struct op *b)
{
    struct op old = *a;
    *a = *b;
    *b = old;
}

static void mutate_once(struct ops *ops)
{
    struct op op;
    if (ops->count == 0 || one_in(3)) {
        size_t at = one_in(2) ? ops->count : any_place(ops);
        for (unsigned i = 1 + below(3); i > 0; i--, at = at < ops->count ? at + 1 : at) {
            make_op(&op);
            insert(ops, at, &op);
        }
        return;
    }
    size_t at = draw() % ops->count;
    switch (below(8)) {
    case 0:
        remove_some(ops, at, 1 + below(one_in(4) ? 16 : 2));
        break;
    case 1:
        repeat_some(ops);
        break;
    case 2:
        swap(&ops->list[at], &ops->list[draw() % ops->count]);
        break;
    case 3:
        make_op(&ops->list[at]);
        break;
    case 4:
        ops->settings = (uint8_t)(ops->settings ^ 1u << below(8));
        break;
    default:
        change_op(&ops->list[at]);
    }
}

void mutate(struct ops *ops, uint64_t seed)
{
    random_state = seed;
    for (unsigned i = 1 + below(CHANGES_MAX); i > 0; i--)
        mutate_once(ops);
}

void cross(const struct ops *left, const struct ops *right, struct ops *out, uint64_t seed)
{
    random_state = seed;
    *out = *left;
    out->count = any_place(left);
    size_t end = any_place(right);
    for (size_t i = one_in(2) ? 0 : draw() % (end + 1); i < end; i++)
        insert(out, out->count, &right->list[i]);
    if (one_in(2))
        return;
    for (size_t i = out->count; i < left->count; i++) /* what was left, behind it */
        insert(out, out->count, &left->list[i]);
}
