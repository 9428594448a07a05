"""All generated files: name -> text."""

from .emit_idl import client_header, numbers_header, server_header
from .emit_kernel import (kernel_calls_header, object_header, object_ops_header,
                          object_perform_header, operations_header)
from .emit_manual import manual
from .emit_status import status_header, status_name_header, syscall_header


def everything(contract):
    files = {
        "status.h": status_header(contract.statuses),
        "status_name.h": status_name_header(contract.statuses),
        "syscall.h": syscall_header(contract.syscalls),
        "object.h": object_header(contract.objects),
        "object_ops.h": object_ops_header(contract.objects),
        "operations.h": operations_header(contract.objects),
        "object_perform.h": object_perform_header(contract.objects),
        "kernel_calls.h": kernel_calls_header(contract.objects),
        "abi.md": manual(contract),
    }
    for interface in contract.interfaces:
        files[f"{interface.name}.h"] = numbers_header(interface)
        files[f"{interface.name}_client.h"] = client_header(interface)
        files[f"{interface.name}_server.h"] = server_header(interface)
    return files
