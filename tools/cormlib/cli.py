"""The commands of the front door and their options."""

import argparse
import os
import signal
import sys

from . import (arches, bench, bench_contention, bench_linux, bench_waits, build, coverage, debug,
               fuzz, fuzz_linux, graph, machine, profile, run, setup, steps, test, test_boots,
               test_stress, trace)
from .failure import EXIT_FAILURE, Failure

SYSTEM = "shell"
CHECKED = os.environ.get("CORM_CHECKED") == "1"


def _count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _add_system(parser):
    parser.add_argument("--system", default=SYSTEM, metavar="NAME",
                        help="the system of systems/NAME.toml (default: %(default)s)")


def _arch(text):
    if text not in arches.ALL:
        raise argparse.ArgumentTypeError(f"there are {', '.join(arches.ALL)}")
    return arches.ALL[text]


def _add_arch(parser, default=arches.X86_64.name, meaning="architecture"):
    parser.add_argument("--arch", type=_arch, default=default, metavar="ARCH",
                        help=f"{meaning}: {', '.join(arches.ALL)} (default: "
                        f"{default or 'all of which all is built'})")


def _add_processors(parser):
    parser.add_argument("--smp", type=_count, default=0, metavar="N",
                        help="processors of the machine (default: 1)")


def _for_all_machines(options):
    """What starts machines by other programs too hands --smp on by the environment."""
    if options.smp:
        os.environ[machine.PROCESSORS] = str(options.smp)


def _add_files(parser):
    parser.add_argument("--add", action="append", default=[], metavar="FILE[:PATH]",
                        help="put a host file or folder into the initial root; a dynamic program "
                        "brings its loader and libraries along; without PATH an absolute FILE "
                        "keeps its path and another goes to /; may be repeated")


def _add_checked(parser):
    parser.add_argument("--checked", action="store_true", default=CHECKED,
                        help="the Linux server's debug build, which checks its invariants and the "
                        "order in which it takes locks; CORM_CHECKED=1 in the environment does the "
                        "same, for all that ./corm test starts through the front door")


def _run_parser(commands):
    parser = commands.add_parser(
        "run", help="boot; a shell, or one command", usage="corm run [options] [-- CMD ARG...]",
        description="Boot the system. Without CMD: a shell in this terminal; Ctrl-] switches the "
        "machine off. With CMD: run it in the Linux world, print only its output, and exit with "
        "its status (125: the machine died; 124: the time limit passed).")
    _add_run_options(parser)
    parser.set_defaults(action=run.command)


def _trace_parser(commands):
    parser = commands.add_parser(
        "trace", help="run, and record who ran when and why",
        usage="corm trace [options] [-- CMD ARG...]",
        description="What `corm run` does, while the kernel records who ran when and why it was "
        "entered: calls, faults, interrupts. Writes a file (Chrome trace JSON) that the viewer at "
        "ui.perfetto.dev opens. All of it is slower than without: ./corm bench --append trace=1M "
        "tells how much.")
    parser.add_argument("--output", "-o", metavar="FILE", help="default: build/trace.json")
    parser.add_argument("--size", default="16M", metavar="SIZE",
                        help="memory of the machine for the trace, 64 bytes a record: a power of "
                        "two with K, M or G; the last records are kept (default: %(default)s)")
    _add_run_options(parser)
    parser.set_defaults(action=trace.command)


def _add_run_options(parser):
    parser.add_argument("--mem", type=_count, metavar="MB", help="memory of the machine "
                        "(default: 256, and what a large --add takes)")
    parser.add_argument("--timeout", type=_count, default=3600, metavar="S",
                        help="limit for CMD in seconds (default: %(default)s)")
    parser.add_argument("--append", default="", metavar="TEXT", help="the kernel's command line")
    _add_checked(parser)
    _add_arch(parser)
    _add_processors(parser)
    parser.add_argument("--net", metavar="MODE", help="network (not built yet: refused)")
    parser.add_argument("--disk", metavar="IMG", help="disk image (not built yet: refused)")
    _add_system(parser)
    _add_files(parser)


def _test_parser(commands):
    parser = commands.add_parser(
        "test", help="run the tests",
        description="Run the tests of one layer or of all. Ends with one line "
        "'N passed, N failed, N skipped'; the status is 0 only if nothing failed.")
    long = [*test.LONG, *test.LONG_MACHINE]
    parser.add_argument("layer", nargs="?", choices=[*test.LAYERS, *long],
                        help=f"only this layer (default: all but the long ones: {', '.join(long)})")
    _add_arch(parser, None, "only what runs on this architecture's machine")
    parser.add_argument("-k", dest="pattern", metavar="PATTERN",
                        help="only tests whose name contains PATTERN")
    parser.add_argument("-v", dest="verbose", action="store_true", help="name every test")
    _add_processors(parser)
    stress = parser.add_argument_group("stress")
    stress.add_argument("--seed", type=int, metavar="S", help="what it chooses by (default: the "
                        "time)")
    stress.add_argument("--operations", type=_count, metavar="N",
                        help=f"how many (default: {test_stress.OPERATIONS})")
    stress.add_argument("--in-turn", action="store_true", help="one processor at a time, on a "
                        "clock that counts instructions: the same every time, and slow")
    parser.add_argument_group("boots").add_argument(
        "--boots", type=_count, metavar="N",
        help=f"how many of each architecture (default: {test_boots.BOOTS})")
    parser.set_defaults(action=_test)


def _test(options):
    _for_all_machines(options)
    return test.command(options)


def _bench_parser(commands):
    parser = commands.add_parser("bench", help="count instructions per operation",
                                 description="Boot under instruction counting and compare with "
                                 "the targets and peers of tools/bench/figures.toml.")
    parser.add_argument("name", nargs="?", default="ipc", help="ipc: each operation of the kernel; "
                        "latency: an interrupt at every instruction of the long ones, which takes "
                        "a minute; contention: how often processors wait for the kernel lock and "
                        "for one another, four of them (--smp) at once and not counted; waits: "
                        "how long they wait, in instructions of who holds it, likewise; linux: "
                        "what programs ask of the Linux world (default: ipc)")
    _add_arch(parser)
    _add_processors(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--append", default="", metavar="TEXT", help="the kernel's command line")
    parser.add_argument("--system", metavar="NAME",
                        help="the system that holds the benchmark (default: its own)")
    own = parser.add_argument_group("linux")
    own.add_argument("--peer", choices=bench_linux.PEERS, help="run the same program on Debian's "
                     "kernel too, in the same machine; fetches its package (a minute)")
    own.add_argument("--row", action="append", default=[], metavar="NAME",
                     help="only this row; may be repeated")
    own.add_argument("--profile", metavar="ROW", help="show which functions the instructions of "
                     "one operation of this row are in; more goes into build/profile-ROW.txt")
    own.add_argument("--update", action="store_true", help="write what was reached into "
                     "tools/bench/figures.toml (held) and CAVEATS.md")
    own.add_argument("--count", type=_count, metavar="N",
                     help="operations in each batch (default: each row has its own)")
    parser.set_defaults(action=_bench)


def _bench(options):
    _for_all_machines(options)
    if options.name == bench_linux.GROUP:
        if options.arch != arches.X86_64:
            raise Failure(f"./corm bench linux --arch {options.arch.name} is not built yet",
                          "./corm bench linux", 2)
        return (profile if options.profile else bench_linux).command(options)
    if options.peer or options.row or options.count or options.profile or options.update:
        raise Failure("--peer, --row, --profile, --update and --count are for ./corm bench linux",
                      "./corm bench --help", 2)
    for group in (bench_contention, bench_waits):
        if options.name == group.GROUP:
            if options.system:
                raise Failure(f"./corm bench {group.GROUP} has a system of its own",
                              "./corm bench --help", 2)
            return group.command(options)
    return bench.command(options)


def _fuzz_parser(commands):
    parser = commands.add_parser(
        "fuzz", help="fuzz the kernel core, or the Linux world",
        description="kernel: run libFuzzer on the kernel core (tests/fuzz). The corpus is kept "
        "outside of the tree, so a later run goes on where this one ended. What breaks the kernel "
        "is made small and shown; the status is then 1. linux: run a hostile Linux program in the "
        "world (apps/linux-fuzz), a machine for each seed, which does the same every time.")
    parser.add_argument("what", nargs="?", choices=["kernel", "linux"], default="kernel")
    parser.add_argument("--minutes", type=_count, default=10, metavar="N",
                        help="how long; linux: no new seed after that (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="kernel: afterwards, keep the smallest "
                        "inputs that reach every edge in tests/fuzz/corpus, and the figures in "
                        "tests/fuzz/last.json; linux: the figures in tests/fuzz-linux/last.json")
    parser.add_argument("--corpus", metavar="DIR", help="kernel; default: ~/.cache/corm/fuzz")
    parser.add_argument("--seed", type=_count, metavar="S", help="linux: the first seed (default: "
                        "after the last one in tests/fuzz-linux/last.json)")
    parser.add_argument("--rounds", type=_count, default=fuzz_linux.ROUNDS, metavar="N",
                        help="linux: rounds of each seed (default: %(default)s)")
    _add_checked(parser)
    parser.set_defaults(action=_fuzz)


def _fuzz(options):
    return (fuzz_linux if options.what == "linux" else fuzz).command(options)


def _other_parsers(commands):
    parser = commands.add_parser("setup", help="install what building and testing needs",
                                 description="Install what is missing from Debian's packages. "
                                 "Asks before it uses sudo; prints the command where it may not.")
    parser.set_defaults(action=setup.command)

    parser = commands.add_parser("build", help="build everything",
                                 description="Build the system with Meson and Ninja.")
    parser.add_argument("--iso", action="store_true", help="also a bootable GRUB image")
    _add_arch(parser)
    parser.add_argument("--compiler", choices=build.COMPILERS, default="gcc",
                        help="the compiler (default: %(default)s); clang builds beside it")
    parser.add_argument("--clean", action="store_true", help="start from an empty build folder")
    _add_system(parser)
    parser.set_defaults(action=build.command)

    _fuzz_parser(commands)
    _bench_parser(commands)

    parser = commands.add_parser("paths", help="where the instructions of each operation go",
                                 description="Trace the benchmark and list the steps of each of "
                                 "its figures: says whether docs/paths is what runs. With NAME, "
                                 "show that figure's steps and the source lines of each.")
    parser.add_argument("name", nargs="?", help="a figure of ./corm bench ipc")
    parser.add_argument("--update", action="store_true", help="write docs/paths")
    parser.set_defaults(action=steps.command)

    parser = commands.add_parser("coverage", help="count what the tests run of the kernel",
                                 description="Write docs/coverage.md: statements and branches of "
                                 "the kernel that the tests run. Takes about two minutes.")
    parser.set_defaults(action=coverage.command)

    parser = commands.add_parser(
        "debug", help="QEMU stopped, gdb attached", usage="corm debug [options] [-- CMD ARG...]",
        description="Start the machine stopped, with gdb attached and all symbols loaded. CMD "
        "runs in the Linux world; its output goes to a file.")
    _add_arch(parser)
    _add_system(parser)
    _add_files(parser)
    parser.set_defaults(action=debug.command)

    parser = commands.add_parser("graph", help="draw who may talk to whom",
                                 description="Draw a system's manifest as an SVG file.")
    parser.add_argument("--output", "-o", metavar="FILE", help="default: build/ARCH/NAME.svg")
    _add_arch(parser)
    _add_system(parser)
    parser.set_defaults(action=graph.command)


def _parser():
    parser = argparse.ArgumentParser(
        prog="corm", description="The front door of the Corm operating system: "
        "./corm run gives a shell, ./corm test runs every test.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _run_parser(commands)
    _trace_parser(commands)
    _test_parser(commands)
    _other_parsers(commands)
    return parser


def _terminate(*_):
    """Who is asked to end ends what it started: a machine, say."""
    sys.exit(128 + signal.SIGTERM)


def main(arguments):
    """Returns the exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    before, mark, after = arguments, [], []
    if "--" in arguments:
        cut = arguments.index("--")
        before, mark, after = arguments[:cut], arguments[cut:cut + 1], arguments[cut + 1:]
    parser = _parser()
    options = parser.parse_args(before)
    options.command = after
    try:
        if mark and options.action not in (run.command, trace.command, debug.command):
            raise Failure("only run, trace and debug take a command after --", "./corm --help", 2)
        return options.action(options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that the last flush has somewhere to go
        return 141
    except OSError as error:
        print(f"corm: {error}", file=sys.stderr)
        return EXIT_FAILURE
