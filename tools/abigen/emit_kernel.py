"""corm/object*.h (kernel side) and corm/kernel_calls.h (user side)."""

from .ctext import COLUMNS, checked_function, comment, header, parameters, wrap
from .parse_def import CAPS_MAX, OPS_MAX


def _fill(opening, items, closing):
    """One line, or the items wrapped at the column limit between opening and closing."""
    line = opening + " " + ", ".join(items) + " " + closing
    if len(line) <= COLUMNS:
        return [line]
    lines, line = [opening], "   "
    for item in items:
        if len(line) + len(item) + 2 > COLUMNS:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return lines + [line, closing]


def _rights_enum(item):
    return _fill("enum {", [f"{item.name.upper()}_RIGHT_{right.name.upper()} = {right.bits:#x}"
                            for right in item.rights], "};") if item.rights else []


def _numbers_enum(item):
    return _fill("enum {", [f"{item.name.upper()}_OP_{op.name.upper()} = {op.number}"
                            for op in item.ops], "};") if item.ops else []


def object_header(objects):
    body = _fill("enum object_type {", [f"OBJECT_{item.name.upper()} = {item.number}"
                                        for item in objects], "};")
    limit = max(item.number for item in objects) + 1
    body += ["", "/* Type 0 is the empty slot. */", f"#define OBJECT_TYPES {limit}", ""]
    for item in objects:
        body += comment([f"{item.name}: {' '.join(item.doc)}"] if item.doc else [])
        body += _rights_enum(item) + ([] if _is_performed(item) else _numbers_enum(item)) + [""]
    return header("abi/object.def",
                  "Kernel objects: types, rights, and the operations that take messages.", body,
                  ["<stdint.h>"])


def operations_header(objects):
    body = []
    for item in _performed(objects):
        body += _numbers_enum(item)
    return header("abi/object.def", "The numbers of the operations that take arguments.", body)


def object_ops_header(objects):
    body = [
        "struct object_op {",
        "    uint8_t exists;",
        "    uint8_t rights; /* all of these are needed */",
        "    uint8_t count_args;",
        "    uint8_t count_results;",
        "};",
        "",
        f"#define OBJECT_OPS {OPS_MAX}",
        "",
        "static const struct object_op object_ops[OBJECT_TYPES][OBJECT_OPS] = {",
    ]
    for item in objects:
        upper = item.name.upper()
        for op in item.ops:
            rights = f"{upper}_RIGHT_{op.needs.upper()}" if op.needs else "0"
            body.append(f"    [OBJECT_{upper}][{upper}_OP_{op.name.upper()}] = "
                        f"{{1, {rights}, {len(op.args)}, {len(op.results)}}},")
    body += ["};"]
    return header("abi/object.def",
                  "Which operations exist, and what each needs: for tests.", body,
                  ["<corm/object.h>", "<corm/operations.h>"])


def _is_performed(item):
    """Has it functions for its operations? Those that take messages have none."""
    return not any(op.is_message for op in item.ops)


def _performed(objects):
    return [item for item in objects if _is_performed(item)]


OPERATION = """
struct slot;
struct invocation;

/* A capability among the arguments of an operation: which word, and what it must be. */
struct object_cap {
    uint16_t type : 5; /* enum object_type; 0: no more */
    uint16_t rights : 7; /* all of these are needed */
    uint16_t word : 3;
    uint16_t optional : 1; /* 0 names nothing */
};

typedef status_t object_perform_t(struct slot *slot, struct invocation *call);

struct object_op {
    object_perform_t *perform;
    uint8_t rights; /* all of these are needed */
    /* Word of the destination's Table, before that of the index in it; 0: none; -1: there is
     * nothing to resolve at all */
    int8_t to;
    struct object_cap caps[OBJECT_OP_CAPS];
};

#define BARE -1, {{0}}
#define RESOLVE(to, ...) to, {__VA_ARGS__}
#define NEEDED(word, type, rights) {OBJECT_##type, rights, word, 0}
#define OPTIONAL(word, type, rights) {OBJECT_##type, rights, word, 1}

/* OP(object, number, function, rights, what to resolve, names of the arguments...) */
""".strip()

DECLARATIONS = """
/* Of each, the arguments in the order of the message's words, and who performs it. */
#define OBJECT_OP_DECLARE(object, number, function, rights, resolved, ...)  \\
    struct function##_args { uint64_t __VA_ARGS__; };  \\
    object_perform_t function;
OBJECT_OPERATIONS(OBJECT_OP_DECLARE)
""".strip()


def _resolved(op, objects):
    """What the kernel resolves before it performs the operation."""
    caps = ["0"]
    for word, demand in enumerate(field.demand for field in op.args):
        if demand and demand.use == "INTO":
            caps[0] = str(word)
        elif demand:
            item = next(item for item in objects if item.name == demand.object)
            rights = sum(item.right_bits(right) for right in demand.rights)
            caps.append(f"{demand.use}({word}, {item.name.upper()}, {rights:#x})")
    return f"RESOLVE({', '.join(caps)})" if caps != ["0"] else "BARE"


def _operation(item, op, objects):
    """One line (or two) of the list of operations."""
    parts = [item.name.upper(), str(op.number), f"{item.name}_{op.name}",
             f"{item.right_bits(op.needs) if op.needs else 0:#x}", _resolved(op, objects)]
    parts += [field.name for field in op.args] or ["none"]
    lines = wrap("    OP", parts, "")
    return [f"{line:<{COLUMNS - 1}}\\" for line in lines]


def object_perform_header(objects):
    performed = _performed(objects)
    highest = max((op.number for item in performed for op in item.ops), default=0)
    body = ["/* A power of two: the address of an object's rules takes no multiplication. */",
            f"#define OBJECT_OPS {1 << highest.bit_length()}",
            f"#define OBJECT_OP_CAPS {CAPS_MAX}", ""]
    body += OPERATION.splitlines() + [f"{'#define OBJECT_OPERATIONS(OP)':<{COLUMNS - 1}}\\"]
    for item in performed:
        for op in item.ops:
            body += _operation(item, op, objects)
    body[-1] = body[-1].rstrip("\\ ")
    body += [""] + DECLARATIONS.splitlines()
    return header("abi/object.def",
                  "The operations of kernel objects: what they need, and who performs them.", body,
                  ["<stdbool.h>", "<corm/object.h>", "<corm/status.h>"])


def _stub(item, op):
    """The user-side function of one operation."""
    taken = {field.name for field in op.args + op.results}
    this = item.name if item.name not in taken else "self"
    number = f"{item.name.upper()}_OP_{op.name.upper()}"
    doc = [" ".join(op.doc)] if op.doc else []
    doc += [f"Needs the right {op.needs}."] if op.needs else []
    doc += [f"Errors: {' '.join(op.errors)}."] if op.errors else []
    params = [f"cap_t {this}"] + parameters(op.args, out=False) + parameters(op.results, out=True)
    lines = comment(doc)
    lines += checked_function(f"{item.name}_{op.name}", params)
    lines += ["{"]
    if op.args:
        lines += ["    struct message m = {", f"        .tag = TAG({number}, {len(op.args)}),",
                  f"        .words = {{{', '.join(field.name for field in op.args)}}},", "    };"]
    else:
        lines += [f"    struct message m = {{.tag = TAG({number}, 0)}};"]
    invoke = f"corm_invoke(HANDLE({this}, {number}), &m)"
    if not op.results:
        return lines + [f"    return {invoke};", "}", ""]
    lines += [f"    const status_t status = {invoke};", "    if (status != OK)",
              "        return status;"]
    lines += [f"    *{field.name} = {'(cap_t)' if field.is_cap else ''}m.words[{index}];"
              for index, field in enumerate(op.results)]
    return lines + ["    return OK;", "}", ""]


def kernel_calls_header(objects):
    body = []
    for item in objects:
        for op in item.ops:
            if not op.is_message:
                body += _stub(item, op)
    return header("abi/object.def",
                  "Operations of kernel objects, for programs.", body,
                  ["<corm/object.h>", "<corm/operations.h>", "<corm/status.h>",
                   '"abi/message.h"', '"sdk/ipc/invoke.h"'])
