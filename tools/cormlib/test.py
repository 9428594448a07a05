"""`corm test`: every layer, one final line.

Layers of the host run once; those of the machine run on every architecture, or on the one that
--arch names.
"""

from . import (arches, build, checks, test_boots, test_busybox, test_host, test_load, test_mutants,
               test_prove, test_search, test_stress, test_system, test_target)
from .failure import Failure
from .results import Report


def _host(report, pattern):
    test_host.run(report, pattern)
    test_prove.quick(report, pattern)
    if not pattern or pattern in "mutants":
        test_mutants.quick(report)


HOST_LAYERS = {"host": _host, "checks": checks.run}
MACHINE_LAYERS = {"target": test_target.run, "system": test_system.run}
LAYERS = HOST_LAYERS | MACHINE_LAYERS
# What takes hours runs only when it is named.
LONG = {"search": test_search.run, "prove": test_prove.run, "mutants": test_mutants.run,
        "busybox": test_busybox.run, "load": test_load.run}
# Likewise, on the machine of every architecture.
LONG_MACHINE = {"stress": test_stress.run, "boots": test_boots.run}


def _on_host(report, name, pattern):
    report.layer(name)
    try:
        if name == "checks":
            for arch in arches.ALL.values():
                build.ensure(arch.name)
        (HOST_LAYERS | LONG)[name](report, pattern)
    except Failure as failure:
        report.fail(name, str(failure))


def _on_machine(report, name, pattern, arch):
    report.layer(name, arch)
    try:
        build.ensure(arch.name)
        MACHINE_LAYERS[name](report, pattern, arch)
    except Failure as failure:
        report.fail(name, str(failure))


def _long_on_machine(report, name, options):
    for arch in [options.arch] if options.arch else arches.ALL.values():
        report.layer(name, arch)
        try:
            build.ensure(arch.name)
            LONG_MACHINE[name](report, options, arch)
        except Failure as failure:
            report.fail(name, str(failure))


def _layers(options):
    """Names of the layers that the options ask for."""
    if options.arch and options.layer and options.layer not in MACHINE_LAYERS | LONG_MACHINE:
        raise Failure(f"the layer {options.layer} runs on the host or on x86_64 only",
                      f"--arch goes with {', '.join(MACHINE_LAYERS | LONG_MACHINE)}", 2)
    if options.layer:
        return [options.layer]
    return list(MACHINE_LAYERS if options.arch else LAYERS)


def command(options):
    layers = _layers(options)
    report = Report(options.verbose)
    for name in layers:
        if name in LONG_MACHINE:
            _long_on_machine(report, name, options)
            continue
        if name not in MACHINE_LAYERS:
            _on_host(report, name, options.pattern)
            continue
        for arch in [options.arch] if options.arch else arches.ALL.values():
            _on_machine(report, name, options.pattern, arch)
    return report.finish()
