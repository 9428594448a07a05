"""corm/status.h, corm/status_name.h and corm/syscall.h."""

from .ctext import header, remark


def status_header(statuses):
    body = ["enum status {"]
    for status in statuses:
        body += [remark(status.doc, "    "), f"    {status.name} = {status.number},"]
    body += ["};", "", "typedef enum status status_t;"]
    return header("abi/status.def", "Result of every call.", body)


def status_name_header(statuses):
    limit = max(status.number for status in statuses) + 1
    body = [
        "/** Name of a status for logs; never NULL. */",
        "static inline const char *status_name(status_t status)", "{",
        f"    static const char *const names[{limit}] = {{",
    ]
    body += [f'        [{status.name}] = "{status.name}",' for status in statuses]
    body += [
        "    };",
        f"    const char *name = (unsigned)status < {limit} ? names[status] : 0;",
        '    return name ? name : "UNKNOWN";', "}",
    ]
    return header("abi/status.def", "Names of the statuses.", body,
                  ["<corm/status.h>"])


def syscall_header(syscalls):
    body = ["enum syscall {"]
    for call in syscalls:
        if call.number is not None:
            body += [remark(" ".join(call.doc), "    ")] if call.doc else []
            body.append(f"    SYSCALL_{call.name.upper()} = {call.number},")
    body += ["};"]
    return header("abi/syscall.def",
                  "System calls that are operations on slot 0: the whole handle.", body)
