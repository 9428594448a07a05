"""The busybox layer: the whole suite in the Linux world and on Linux. Keeps its last result.

What a script said is kept in build/busybox until something that it was run on changes, so an
interrupted run goes on where it was, and Linux is asked once.
"""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from . import build, busybox_results, busybox_run, busybox_suite, bundle, peer_linux
from .arches import X86_64
from .paths import BUILD

KEPT = BUILD / "busybox"
PROGRAMS = ("servers/init", "servers/linux", "drivers/uart/16550", "drivers/rtc/cmos")


def system_digest():
    """A name for the system that runs the Linux world."""
    summed = hashlib.sha256(X86_64.kernel.read_bytes())
    for program in PROGRAMS:
        summed.update(bundle.program_elf(program).read_bytes())
    return summed.hexdigest()[:12]


class Side:
    """One of the two, with what is kept of it."""

    def __init__(self, name, identity, start):
        self.name = name
        self.folder = KEPT / f"{name}-{identity}"
        self.start = start
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, script, lines, how):
        part = self.folder / f".{script}"
        part.write_text("\n".join([how, *lines]) + "\n")
        part.rename(self.folder / script)

    def has(self, script):
        return (self.folder / script).exists()

    def told(self, script):
        """(lines, how it ended)."""
        how, *lines = (self.folder / script).read_text().split("\n")
        return lines, how

    def run(self, scripts, stop):
        left = [name for name in scripts if not self.has(name)]
        left.sort(key=busybox_run.limit_s)
        busybox_run.run(self.start, left, self.keep, stop)


def _merged(names, old, new):
    """All rows: the new ones where a script has some, else the old ones."""
    by_script = {name: [row for row in old if row.script == name] or busybox_results.not_run(name)
                 for name in names} | new
    return [row for name in names for row in by_script[name]]


def _old_rows():
    if not busybox_results.RESULTS.exists():
        return []
    return busybox_results.read()[1]


def _run_both(sides, scripts):
    """Both at once; an interruption stops both."""
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=len(sides)) as pool:
        running = [pool.submit(side.run, scripts, stop) for side in sides]
        try:
            for future in as_completed(running):
                future.result()
        finally:
            stop.set()


def run(report, pattern):
    build.ensure()
    tree = busybox_suite.tree()
    peer = peer_linux.fetch()
    content = busybox_suite.digest(tree)
    init = hashlib.sha256(busybox_run.INIT.read_bytes()).hexdigest()[:4]
    names = busybox_suite.scripts(tree)
    chosen = busybox_suite.choose(names, pattern)
    sides = [Side("linux", f"{content}-{peer.version}-{init}",
                  lambda left: busybox_run.linux(peer, tree, left)),
             Side("corm", f"{content}-{system_digest()}",
                  lambda left: busybox_run.corm(tree, left))]
    for side in sides:
        left = sum(not side.has(name) for name in chosen)
        report.note(f"{side.name}: {len(chosen)} scripts, {left} of them now")
    try:
        _run_both(sides, chosen)
    finally:  # what was interrupted keeps what it has
        new = {name: busybox_results.rows_of(name, *(side.told(name) for side in sides))
               for name in chosen if all(side.has(name) for side in sides)}
        _write(peer, _merged(names, _old_rows(), new))
    _judge(report, new)


def _write(peer, rows):
    binary, source = busybox_suite.versions()
    identity = {"busybox-static": binary, "source package": source,
                "Linux": f"{peer.package} {peer.version}"}
    busybox_results.write(identity, rows)
    busybox_results.write_page()


def _judge(report, new):
    causes = busybox_results.read_causes()
    for script, rows in new.items():
        concerned = [cause for cause in causes if cause["script"] == script]
        complaints = busybox_results.complain_about_causes(rows, concerned)
        if complaints:
            report.fail(f"busybox: {script}", "\n".join(complaints))
        else:
            report.ok(f"busybox: {script}")
