"""Reads the whole contract from the abi/ folder."""

from .model import Contract
from .parse_def import parse_objects, parse_status, parse_syscalls
from .parse_idl import parse_interface
from .source import check_unique


def load(abi):
    """Parse everything under `abi`. Raises ContractError with file and line."""
    statuses = parse_status(abi / "status.def", "abi/status.def")
    names = {status.name for status in statuses}
    contract = Contract(
        statuses,
        parse_syscalls(abi / "syscall.def", "abi/syscall.def"),
        parse_objects(abi / "object.def", "abi/object.def", names),
        [parse_interface(path, f"abi/idl/{path.name}")
         for path in sorted((abi / "idl").glob("*.idl"))],
    )
    check_unique(contract.interfaces, "interface")
    return contract
