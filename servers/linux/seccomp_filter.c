/*
 * seccomp_filter.c - see seccomp_filter.h. The language: "The BSD Packet Filter", McCanne and
 * Jacobson 1993; which of it a filter of system calls may use: seccomp(2).
 */
#include "servers/linux/seccomp_filter.h"

#include "lib/base/string.h"

#define CLASS(code) ((code)&7)
#define LD          0
#define LDX         1
#define ST          2
#define STX         3
#define ALU         4
#define JMP         5
#define RET         6
#define MISC        7

#define SIZE_AND_MODE(code) ((code)&0xf8)
#define IMM                 0x00
#define ABS                 0x20
#define MEM                 0x60
#define LEN                 0x80

#define OPERATION(code) ((code)&0xf0)
#define ADD             0x00
#define SUB             0x10
#define MUL             0x20
#define DIV             0x30
#define OR              0x40
#define AND             0x50
#define LSH             0x60
#define RSH             0x70
#define NEG             0x80
#define XOR             0xa0
#define JA              0x00
#define JEQ             0x10
#define JGT             0x20
#define JGE             0x30
#define JSET            0x40

#define SOURCE_X  0x08
#define RET_A     0x10
#define TXA       0x80
#define MEM_WORDS 16

static bool load_valid(const struct filter_instruction *i)
{
    switch (SIZE_AND_MODE(i->code)) {
    case IMM:
    case LEN:
        return true;
    case MEM:
        return i->k < MEM_WORDS;
    case ABS:
        return CLASS(i->code) == LD && i->k % 4 == 0 && i->k < sizeof(struct filter_data);
    default:
        return false;
    }
}

static bool alu_valid(const struct filter_instruction *i)
{
    bool constant = !(i->code & SOURCE_X);

    switch (OPERATION(i->code)) {
    case DIV:
        return !constant || i->k != 0;
    case LSH:
    case RSH:
        return !constant || i->k < 32;
    case ADD:
    case SUB:
    case MUL:
    case OR:
    case AND:
    case XOR:
        return true;
    case NEG:
        return constant;
    default:
        return false;
    }
}

/* `left`: instructions behind this one. */
static bool jump_valid(const struct filter_instruction *i, unsigned left)
{
    switch (OPERATION(i->code)) {
    case JA:
        return !(i->code & SOURCE_X) && i->k < left;
    case JEQ:
    case JGT:
    case JGE:
    case JSET:
        return i->if_true < left && i->if_false < left;
    default:
        return false;
    }
}

static bool valid(const struct filter_instruction *i, unsigned left)
{
    if (i->code > 0xff)
        return false;
    switch (CLASS(i->code)) {
    case LD:
    case LDX:
        return load_valid(i);
    case ST:
    case STX:
        return SIZE_AND_MODE(i->code) == 0 && i->k < MEM_WORDS;
    case ALU:
        return alu_valid(i);
    case JMP:
        return jump_valid(i, left);
    case RET:
        return i->code == RET || i->code == (RET | RET_A);
    default:
        return i->code == MISC || i->code == (MISC | TXA);
    }
}

int filter_check(const struct filter_instruction *program, unsigned count)
{
    if (count == 0 || count > SECCOMP_INSTRUCTIONS_MAX)
        return -EINVAL;
    for (unsigned at = 0; at < count; at++) {
        if (!valid(&program[at], count - at - 1))
            return -EINVAL;
    }
    return CLASS(program[count - 1].code) == RET ? 0 : -EINVAL;
}

struct machine {
    uint32_t a;
    uint32_t x;
    uint32_t memory[MEM_WORDS];
};

static uint32_t load(const struct machine *machine, const struct filter_instruction *i,
                     const struct filter_data *data)
{
    uint32_t word;

    switch (SIZE_AND_MODE(i->code)) {
    case ABS:
        memcpy(&word, (const char *)data + i->k, sizeof(word));
        return word;
    case MEM:
        return machine->memory[i->k];
    case LEN:
        return sizeof(*data);
    default:
        return i->k;
    }
}

/* False: a division by 0, which ends the program. */
static bool compute(struct machine *machine, const struct filter_instruction *i)
{
    uint32_t operand = i->code & SOURCE_X ? machine->x : i->k, a = machine->a;

    switch (OPERATION(i->code)) {
    case ADD:
        a += operand;
        break;
    case SUB:
        a -= operand;
        break;
    case MUL:
        a *= operand;
        break;
    case DIV:
        if (operand == 0)
            return false;
        a /= operand;
        break;
    case OR:
        a |= operand;
        break;
    case AND:
        a &= operand;
        break;
    case XOR:
        a ^= operand;
        break;
    case LSH:
        a = operand < 32 ? a << operand : 0;
        break;
    case RSH:
        a = operand < 32 ? a >> operand : 0;
        break;
    default:
        a = -a;
    }
    machine->a = a;
    return true;
}

static uint32_t distance(const struct machine *machine, const struct filter_instruction *i)
{
    uint32_t operand = i->code & SOURCE_X ? machine->x : i->k, a = machine->a;
    bool holds;

    switch (OPERATION(i->code)) {
    case JA:
        return i->k;
    case JEQ:
        holds = a == operand;
        break;
    case JGT:
        holds = a > operand;
        break;
    case JGE:
        holds = a >= operand;
        break;
    default:
        holds = (a & operand) != 0;
    }
    return holds ? i->if_true : i->if_false;
}

uint32_t filter_run(const struct filter_instruction *program, const struct filter_data *data)
{
    struct machine machine = {0};

    for (const struct filter_instruction *i = program;; i++) {
        switch (CLASS(i->code)) {
        case LD:
            machine.a = load(&machine, i, data);
            break;
        case LDX:
            machine.x = load(&machine, i, data);
            break;
        case ST:
            machine.memory[i->k] = machine.a;
            break;
        case STX:
            machine.memory[i->k] = machine.x;
            break;
        case ALU:
            if (!compute(&machine, i))
                return 0;
            break;
        case JMP:
            i += distance(&machine, i);
            break;
        case RET:
            return i->code & RET_A ? machine.a : i->k;
        default:
            if (i->code & TXA)
                machine.a = machine.x;
            else
                machine.x = machine.a;
        }
    }
}
