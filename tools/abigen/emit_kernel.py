"""corm/object.h, corm/object_ops.h (kernel side) and corm/kernel_calls.h (user side)."""

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


def _decoder(item, op):
    """The arguments of one operation as a struct, and the function that fills it."""
    name = f"{item.name}_{op.name}"
    words = [f"words[{index}]" for index in range(len(op.args))]
    lines = _fill(f"struct {name}_args {{ uint64_t", [field.name for field in op.args], "; };")
    lines = [line.replace(" ; };", "; };") for line in lines]
    head = f"static inline struct {name}_args {name}_decode(const uint64_t words[8])"
    if len(head) > COLUMNS:
        head = f"static inline struct {name}_args\n{name}_decode(const uint64_t words[8])"
    body = _fill(f"    return (struct {name}_args){{", words, "};")
    body = [line.replace("{ words", "{words").replace("] }", "]}") for line in body]
    return lines + [head, "{"] + body + ["}", ""]


def object_header(objects):
    body = _fill("enum object_type {", [f"OBJECT_{item.name.upper()} = {item.number}"
                                        for item in objects], "};")
    limit = max(item.number for item in objects) + 1
    body += ["", "/* Type 0 is the empty slot. */", f"#define OBJECT_TYPES {limit}", ""]
    for item in objects:
        body += _constants(item)
    for item in objects:
        for op in item.ops:
            if op.args:
                body += _decoder(item, op)
    return header("CORM_OBJECT_H", "abi/object.def",
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
    return header("CORM_OBJECT_OPS_H", "abi/object.def",
                  "Which operations exist, and what each needs.", body, ["<corm/object.h>"])


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
    return header("CORM_KERNEL_CALLS_H", "abi/object.def",
                  "Operations of kernel objects, for programs.", body,
                  ["<corm/object.h>", "<corm/status.h>", '"abi/message.h"', '"sdk/ipc/invoke.h"'])
