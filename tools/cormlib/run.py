"""`corm run`: boots the system and connects the Linux world to this terminal or to its command."""

import os
import sys
import tempfile
import time
from pathlib import Path

from . import build, bundle, machine, terminal
from .failure import EXIT_MACHINE_DIED, EXIT_TIME_LIMIT, Failure
from .line import Line
from .paths import shown
from .progress import say, tail
from .session import Died, LeftByUser, Session

LOGS_KEPT = 20


def refuse_what_is_not_built(options):
    """Options of the design that this version does not have yet are refused, never ignored."""
    for name in ("net", "disk"):
        if getattr(options, name) is not None:
            raise Failure(f"--{name} is not built yet; the root file system is in memory",
                          "bring files in with --add FILE[:PATH]", 2)


def world_for(options, interactive):
    """What the Linux world is told to run."""
    if interactive:
        rows, columns = terminal.size()
        environment = bundle.default_environment(os.environ.get("TERM", "linux"))
        return bundle.World("WORLD_TERMINAL", [], environment, rows, columns)
    arguments = options.command or ["/bin/sh"]
    return bundle.World("WORLD_COMMAND", arguments, bundle.default_environment())


def prune_logs(newest):
    """Keep the logs of the last runs only."""
    logs = sorted(newest.parent.glob("run-*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[:-LOGS_KEPT]:
        path.unlink(missing_ok=True)


def _converse(session, interactive, has_input):
    session.reading = has_input
    if not has_input:
        session.end_input()
    if not interactive:
        return session.run()
    with terminal.RawTerminal(session.resize):
        return session.run()


def _failed(what, log, status):
    text = tail(log)
    return Failure(f"{what}; the log is {shown(log)}" + (f", its end:\n{text}" if text else ""),
                   "./corm debug shows the machine in gdb; the whole log says how far it came",
                   status)


def _boot(config, options, interactive):
    """Run the machine to its end; returns the world's exit status."""
    config.channel = config.bundle.with_name("channel")
    deadline_s = None if interactive else time.monotonic() + options.timeout
    has_input = interactive or not terminal.standard_input_is_terminal()
    with Line(config.channel) as line, machine.Machine(config) as running:
        session = Session(running, line, deadline_s, interactive)
        try:
            return _converse(session, interactive, has_input)
        except Died as died:
            complaint = running.complaint() if running.poll() is not None else ""
            raise _failed(f"{died}{': ' + complaint if complaint else ''}", config.log,
                          EXIT_MACHINE_DIED) from None
        except TimeoutError:
            raise _failed(f"no end after {options.timeout} s (--timeout)", config.log,
                          EXIT_TIME_LIMIT) from None
        except LeftByUser:
            say("left; the machine is off")
            return 0


def _boot_unless_interrupted(config, options, interactive):
    try:
        return _boot(config, options, interactive)
    except terminal.Interrupted as interrupted:
        return 128 + interrupted.args[0]
    except KeyboardInterrupt:
        return 130


def command(options, recorder=None):
    """`recorder` sees the machine before its start and after its end."""
    refuse_what_is_not_built(options)
    build.ensure(options.arch.name)
    terminal.end_on_signals()
    interactive = (not options.command and terminal.standard_input_is_terminal()
                   and os.isatty(1))
    with tempfile.TemporaryDirectory(prefix="corm-") as folder:
        path = Path(folder) / "bundle"
        size = bundle.compose(options.system, world_for(options, interactive), options.add, path,
                              options.checked, options.arch)
        config = machine.Config(machine.log_path("run"), path,
                                machine.memory_for(size, options.mem), options.arch,
                                append=options.append, processors=options.smp)
        if recorder:
            recorder.attach(config, Path(folder))
        if interactive:
            print("corm: Ctrl-] switches the machine off", file=sys.stderr)
        try:
            status = _boot_unless_interrupted(config, options, interactive)
        except Failure:
            if recorder:
                recorder.salvage(config)
            raise
        finally:
            prune_logs(config.log)
        if recorder:
            recorder.collect(config)
        return status
