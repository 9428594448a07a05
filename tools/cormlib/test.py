"""`corm test`: every layer, one final line."""

from . import (build, checks, test_busybox, test_host, test_load, test_mutants, test_prove,
               test_search, test_system, test_target)
from .failure import Failure
from .results import Report


def _host(report, pattern):
    test_host.run(report, pattern)
    test_prove.quick(report, pattern)
    if not pattern or pattern in "mutants":
        test_mutants.quick(report)


LAYERS = {
    "host": _host,
    "checks": checks.run,
    "target": test_target.run,
    "system": test_system.run,
}
# What takes hours runs only when it is named.
LONG = {"search": test_search.run, "prove": test_prove.run, "mutants": test_mutants.run,
        "busybox": test_busybox.run, "load": test_load.run}


def command(options):
    report = Report(options.verbose)
    names = [options.layer] if options.layer else list(LAYERS)
    for name in names:
        report.layer(name)
        try:
            if name not in ("host", *LONG):
                build.ensure("x86_64")
            (LAYERS | LONG)[name](report, options.pattern)
        except Failure as failure:
            report.fail(name, str(failure))
    return report.finish()
