"""A copy of the repository with its build folders, in which mutants are built and run.

Only the mutated file and what depends on it is compiled again: build folders refer to sources by
relative paths, so a copy of one that is up to date is up to date too. Where a path is absolute it
is made one of the copy, and what that changes is built anew.
"""

import re
import shutil
import subprocess

from . import source_tree
from .failure import Failure
from .paths import BUILD, ROOT

COPIES = BUILD / "mutants"
JOBS = "-j2"


class DoesNotBuild(Exception):
    """What the compiler says."""


class Tree:
    def __init__(self, name, ports):
        self.root = COPIES / name
        shutil.rmtree(self.root, ignore_errors=True)
        for path in source_tree.files():
            copy = self.root / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        self.changed = set()
        for port in ports:
            shutil.copytree(BUILD / port, self.root / "build" / port, symlinks=True)
            self._take_over(self.root / "build" / port)

    def _take_over(self, build_folder):
        """No path of the copy may lead back into the original, where nothing is mutated. One in a
        define is that of test data, and stays."""
        original = re.escape(str(ROOT)) + r"(?![\w-])"
        for name, before in (("build.ninja", r'(?<![\w/"])'),
                             ("meson-info/intro-tests.json", r"(?<![\w/])")):
            path = build_folder / name
            path.write_text(re.sub(before + original, str(self.root), path.read_text()))

    def remove(self):
        shutil.rmtree(self.root)

    def mutate(self, mutant):
        """Apply a mutant; returns what revert() takes."""
        self.changed = set()
        before = {path: (self.root / path).read_bytes() for path in mutant.files()}
        complaint = mutant.apply(self.root)
        if complaint:
            raise Failure(f"{mutant.name} no longer applies: {mutant.stale(complaint)}")
        if all((self.root / path).read_bytes() == text for path, text in before.items()):
            raise Failure(f"{mutant.name} changes nothing")
        return before

    def revert(self, before):
        """The files are new again, as the compiler must see."""
        for path, text in before.items():
            (self.root / path).write_bytes(text)

    def build(self, port, targets=()):
        """True if anything had to be done since the last mutation."""
        result = subprocess.run(["ninja", JOBS, "-C", str(self.root / "build" / port), *targets],
                                capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if result.returncode:
            raise DoesNotBuild(result.stdout)
        built = (port, tuple(targets))
        if "no work to do" not in result.stdout:
            self.changed.add(built)
        return built in self.changed
