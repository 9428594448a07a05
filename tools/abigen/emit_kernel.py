"""corm/object*.h (kernel side) and corm/kernel_calls.h (user side)."""

from .ctext import COLUMNS, checked_function, comment, header, parameters
from .parse_def import OPS_MAX


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


def _constants(item):
    """Rights and operation numbers of one object."""
    upper = item.name.upper()
    lines = comment([f"{item.name}: {' '.join(item.doc)}"] if item.doc else [])
    if item.rights:
        lines += _fill("enum {", [f"{upper}_RIGHT_{right.name.upper()} = {right.bits:#x}"
                                  for right in item.rights], "};")
    if item.ops:
        lines += _fill("enum {", [f"{upper}_OP_{op.name.upper()} = {op.number}"
                                  for op in item.ops], "};")
    return lines + [""]


ARGUMENTS = r"""
/* The arguments of an operation as a struct, in the order of the message's words, and the function
 * that reads it: struct untyped_retype_args, untyped_retype_decode(words). */
#define ARGUMENTS(operation, ...)                                                                  \
    struct operation##_args { uint64_t __VA_ARGS__; };                                             \
    static inline struct operation##_args operation##_decode(const uint64_t words[8])              \
    {                                                                                              \
        return *(const struct operation##_args *)(const void *)words;                              \
    }
""".strip()


def _arguments(item, op):
    """The arguments of one operation."""
    return f"ARGUMENTS({item.name}_{op.name}, {', '.join(field.name for field in op.args)})"


def object_header(objects):
    body = _fill("enum object_type {", [f"OBJECT_{item.name.upper()} = {item.number}"
                                        for item in objects], "};")
    limit = max(item.number for item in objects) + 1
    body += ["", "/* Type 0 is the empty slot. */", f"#define OBJECT_TYPES {limit}", ""]
    for item in objects:
        body += _constants(item)
    body += ARGUMENTS.splitlines()
    body += [_arguments(item, op) for item in objects for op in item.ops if op.args]
    return header("abi/object.def",
                  "Kernel objects: types, rights, operations and their arguments.", body,
                  ["<stdint.h>"])


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
                  ["<corm/object.h>"])


def _performed(objects):
    """Objects with functions for their operations: those that take messages have none."""
    return [item for item in objects if not any(op.is_message for op in item.ops)]


def object_perform_header(objects):
    body = ["struct slot;", "struct invocation;",
            "typedef status_t object_perform_t(struct slot *slot, struct invocation *call);", ""]
    for item in _performed(objects):
        names = [f"{item.name}_{op.name}" for op in item.ops]
        lines = _fill("object_perform_t", names, ";")
        if len(lines) > 1:
            lines[-2:] = [lines[-2].rstrip(",") + ";"]
        body += [lines[0].replace(" ;", ";")] + lines[1:]
    return header("abi/object.def",
                  "The functions that perform the operations of kernel objects.", body,
                  ["<corm/object.h>", "<corm/status.h>"])


def object_table_header(objects):
    body = ["struct object_op {", "    object_perform_t *perform; /* NULL: no such operation */",
            "    uint8_t rights; /* all of these are needed */", "};"]
    for item in _performed(objects):
        upper = item.name.upper()
        body += ["", f"static const struct object_op {item.name}_ops[] = {{"]
        for op in item.ops:
            rights = f"{upper}_RIGHT_{op.needs.upper()}" if op.needs else "0"
            body.append(f"    [{upper}_OP_{op.name.upper()}] = "
                        f"{{{item.name}_{op.name}, {rights}}},")
        body += ["};"]
    body += ["", "static const struct {", "    const struct object_op *ops;", "    uint32_t count;",
             "} object_ops[OBJECT_TYPES] = {"]
    for item in _performed(objects):
        last = max(op.number for op in item.ops)
        body.append(f"    [OBJECT_{item.name.upper()}] = {{{item.name}_ops, {last + 1}}},")
    body += ["};"]
    return header("abi/object.def",
                  "Who performs an operation of a kernel object, and what right it needs.", body,
                  ["<corm/object_perform.h>"])


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
                  ["<corm/object.h>", "<corm/status.h>", '"abi/message.h"', '"sdk/ipc/invoke.h"'])
