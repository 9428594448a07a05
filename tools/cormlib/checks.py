"""The checks layer: rules about the source and the built kernel, each one counted as a test."""

import subprocess
import sys

from . import arches, build, busybox_results, coverage, kernel_size, mutant_results, mutants
from .failure import Failure
from .paths import ROOT, TESTS, TOOLS


def _script(*arguments):
    """Run a checker of tools/; returns its complaints, empty when it has none."""
    result = subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.stdout if result.returncode else ""


def _layers():
    return _script(TOOLS / "check_layers.py")


def _format():
    return _script(TOOLS / "check_format.py")


def _golden():
    return _script(TOOLS / "abi.py", "--check", TESTS / "golden" / "abi")


def _contract():
    return _script(TOOLS / "contract.py", "--check")


def _linux_calls():
    return _script(TOOLS / "linux_syscalls.py", ROOT / "servers" / "linux" / "syscalls.def",
                   "--check", ROOT / "docs" / "linux-calls.md")


def _port_lines():
    return _script(TOOLS / "port_lines.py", "--check")


def _coverage():
    return coverage.complain(kernel_size.compiled_files(kernel_size.KERNEL_OBJECTS))


def _fast_path():
    return "".join(_script(TOOLS / "check_fast.py", arch.name,
                           arch.build / "kernel" / "libfast.a") for arch in kernel_size.built())


def _second_compiler():
    for arch in arches.ALL.values():
        try:
            build.ensure(arch.name, "clang")
        except Failure as failure:
            return str(failure)
    return ""


CHECKS = {
    "includes follow the layers, no header cycles, files and functions stay short": _layers,
    "clang-format changes nothing": _format,
    "the generated contract equals its golden copy": _golden,
    "docs/contract.md says what the kernel's tests say": _contract,
    "docs/linux-calls.md says what servers/linux/syscalls.def says": _linux_calls,
    "docs/guide/port.md counts the lines that each port has": _port_lines,
    "docs/coverage.md and its reasons name nothing that is not there": _coverage,
    "docs/busybox.md says what the suite said, and each difference has a cause":
        busybox_results.complain,
    "the fast path touches no register that carries a word": _fast_path,
    "clang builds everything without a warning": _second_compiler,
    "the kernel has no more lines than are held": kernel_size.complain_about_lines,
    "the kernel's .text is under 40 KB": kernel_size.complain_about_text,
    "every mutant still applies": mutants.complain_about_patches,
    "results.tsv says of every mutant as it is that a test kills it":
        mutant_results.complain_about_results,
    "docs/mutants.md says what results.tsv says": mutant_results.complain_about_summary,
}


def run(report, pattern):
    for name, check in CHECKS.items():
        if pattern and pattern not in name:
            continue
        try:
            complaints = check()
        except Failure as failure:
            complaints = str(failure)
        if complaints:
            report.fail(f"checks: {name}", complaints)
        else:
            report.ok(f"checks: {name}")
    if not pattern:
        for line in kernel_size.summary():
            report.note(line)
        if old := coverage.age():
            report.note(old)
