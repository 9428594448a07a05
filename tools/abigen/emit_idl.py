"""corm/NAME.h, corm/NAME_client.h and corm/NAME_server.h of each service interface."""

from .ctext import COLUMNS, checked_function, comment, header, parameters, scalar, wrap
from .model import WORD_BYTES
from .parse_idl import count_words


def _method(interface, call):
    return f"{interface.name.upper()}_{call.name.upper()}"


def _cap(fields):
    return next((field for field in fields if field.is_cap), None)


def _store(fields, message):
    """Statements that pack `fields` into a message whose words are all zero."""
    lines = []
    for field in fields:
        if field.is_cap:
            continue
        if field.is_bytes:
            lines.append(f"    __builtin_memcpy((uint8_t *){message}words + {field.offset}, "
                         f"{field.name}, {field.size_bytes});")
            continue
        word, shift = field.offset // WORD_BYTES, field.offset % WORD_BYTES * 8
        value = field.name if field.size_bytes == WORD_BYTES else f"(uint64_t){field.name}"
        sign = "=" if shift == 0 and not _starts_in_bytes(fields, field) else "|="
        lines.append(f"    {message}words[{word}] {sign} {value}{f' << {shift}' if shift else ''};")
    return lines


def _starts_in_bytes(fields, field):
    """Whether an earlier byte array has already put something into this field's word."""
    word = field.offset // WORD_BYTES * WORD_BYTES
    return any(other.is_bytes and other.offset + other.size_bytes > word
               for other in fields if other.offset < field.offset)


def _load(field, message):
    """Expression that reads a scalar from a message."""
    word, shift = field.offset // WORD_BYTES, field.offset % WORD_BYTES * 8
    text = f"{message}words[{word}]" + (f" >> {shift}" if shift else "")
    if field.size_bytes == WORD_BYTES:
        return text
    return f"({scalar(field)})({text})" if shift else f"({scalar(field)}){text}"


def _trailing(fields, message):
    """Condition that is true when unused bytes of the last word are not zero, or None."""
    end = sum(field.size_bytes for field in fields)
    used = end % WORD_BYTES * 8
    return f"{message}words[{end // WORD_BYTES}] >> {used} != 0" if used else None


def numbers_header(interface):
    upper = interface.name.upper()
    body = [f"#define {upper}_INTERFACE {interface.number}", "", f"enum {interface.name}_method {{"]
    body += [f"    {_method(interface, call)} = {call.number}," for call in interface.calls]
    body += ["};"]
    return header(f"abi/idl/{interface.name}.idl",
                  f"Interface {interface.name}: numbers of its calls.", body)


def _client(interface, call):
    params = ["struct session *session"] + parameters(call.args, out=False)
    if _cap(call.results):
        params.append("cap_t receive_slot")
    params += parameters([field for field in call.results if not field.is_cap], out=True)
    lines = comment(call.doc)
    lines += checked_function(f"{interface.name}_{call.name}", params)
    tag = f"TAG({_method(interface, call)}, {count_words(call.args)})"
    lines += ["{", f"    struct message m = {{.tag = {tag}}};"]
    if _cap(call.args):
        lines += [f"    m.tag |= (uint64_t){_cap(call.args).name} << TAG_SEND_SLOT_SHIFT;"]
    if _cap(call.results):
        lines += ["    m.tag |= (uint64_t)receive_slot << TAG_RECEIVE_SLOT_SHIFT;"]
    lines += _store(call.args, "m.")
    lines += ["    status_t status = session_call(session, &m);", "    if (status != OK)",
              "        return status;", "    status = (status_t)tag_label(m.tag);",
              "    if (status != OK)", "        return status;",
              f"    if (tag_count_words(m.tag) != {count_words(call.results)})",
              "        return PROTOCOL;"]
    if _cap(call.results):
        lines += ["    if (tag_receive_slot(m.tag) != receive_slot)", "        return PROTOCOL;"]
    for field in call.results:
        if field.is_bytes:
            lines.append(f"    __builtin_memcpy({field.name}, (const uint8_t *)m.words + "
                         f"{field.offset}, {field.size_bytes});")
        elif not field.is_cap:
            lines.append(f"    *{field.name} = {_load(field, 'm.')};")
    return lines + ["    return OK;", "}", ""]


def client_header(interface):
    body = []
    for call in interface.calls:
        body += _client(interface, call)
    return header(f"abi/idl/{interface.name}.idl",
                  f"Interface {interface.name}: what a client calls.", body,
                  [f"<corm/{interface.name}.h>", "<corm/status.h>", '"abi/message.h"',
                   '"sdk/ipc/session.h"'])


def _ops(interface):
    lines = ["/** What a server implements. Results are used only when OK is returned. */",
             f"struct {interface.name}_ops {{"]
    for call in interface.calls:
        params = ["void *ctx", "uint64_t badge"] + parameters(call.args, out=False)
        params += parameters(call.results, out=True)
        lines += ["    " + line for line in comment(call.doc)]
        lines += ["    " + line for line in wrap(f"status_t (*{call.name})", params, ";")]
    return lines + ["};", ""]


def _refusals(call):
    """The `if` whose condition holds when the message, with label and words of this call, is not
    it."""
    conditions = [f"tag_receive_slot(m->tag) {'==' if _cap(call.args) else '!='} CAP_NONE"]
    trailing = _trailing(call.args, "m->")
    conditions += [trailing] if trailing else []
    text = "    if (" + " || ".join(conditions) + ")"
    return [text] if len(text) <= COLUMNS else ["    if (" + " ||\n        ".join(conditions) + ")"]


def _serve(interface, call):
    name = f"{interface.name}_serve_{call.name}"
    lines = wrap(f"static inline status_t {name}",
                 [f"const struct {interface.name}_ops *ops", "void *ctx", "uint64_t badge",
                  "struct message *m"], "")
    lines += ["{"] + _refusals(call) + ["        return METHOD;"]
    values = ["ctx", "badge"]
    for field in call.args:
        if field.is_bytes:
            lines += [f"    uint8_t {field.name}[{field.size_bytes}];",
                      f"    __builtin_memcpy({field.name}, (const uint8_t *)m->words + "
                      f"{field.offset}, {field.size_bytes});"]
            values.append(field.name)
        else:
            values.append("(cap_t)tag_receive_slot(m->tag)" if field.is_cap
                          else _load(field, "m->"))
    for field in call.results:
        if field.is_bytes:
            lines.append(f"    uint8_t {field.name}[{field.size_bytes}] = {{0}};")
        else:
            lines.append(f"    {scalar(field)} {field.name} = 0;")
        values.append(field.name if field.is_bytes else f"&{field.name}")
    head, rest = f"    const status_t status = ops->{call.name}", values
    lines += wrap(head, rest, ";")
    lines += ["    if (status != OK)", "        return status;"]
    lines += [f"    *m = (struct message){{.tag = TAG(OK, {count_words(call.results)})}};"]
    if _cap(call.results):
        lines += [f"    m->tag |= (uint64_t){_cap(call.results).name} << TAG_SEND_SLOT_SHIFT;"]
    return lines + _store(call.results, "m->") + ["    return OK;", "}", ""]


def _dispatch(interface):
    name = interface.name
    lines = [
        "/**", f" * {name}_dispatch - answer one call in place.",
        " * @generation: of this incarnation; a call with another one is answered STALE", " *",
        " * A call that is unknown or whose words do not match is answered METHOD. The reply is in",
        " * @m; a capability that came with a refused call stays in the receive slot.", " */",
    ]
    lines += wrap(f"static inline void {name}_dispatch",
                  [f"const struct {name}_ops *ops", "void *ctx", "uint64_t badge",
                   "uint32_t generation", "struct message *m"], "")
    lines += ["{", "    status_t status = METHOD;",
              "    if ((uint16_t)(m->tag >> TAG_GENERATION_SHIFT) != generation) {",
              "        status = STALE;",
              "    } else {", "        switch (tag_operation(m->tag)) {"]
    for call in interface.calls:
        lines += [f"        case TAG({_method(interface, call)}, {count_words(call.args)}):",
                  f"            status = {name}_serve_{call.name}(ops, ctx, badge, m);",
                  "            break;"]
    return lines + ["        default:", "            break;", "        }", "    }",
                    "    if (status != OK)",
                    "        *m = (struct message){.tag = TAG(status, 0)};", "}"]


def server_header(interface):
    body = _ops(interface)
    for call in interface.calls:
        body += _serve(interface, call)
    body += _dispatch(interface)
    return header(f"abi/idl/{interface.name}.idl",
                  f"Interface {interface.name}: what a server answers.", body,
                  [f"<corm/{interface.name}.h>", "<corm/status.h>", '"abi/message.h"'])
