"""`corm test mutants`: builds each seeded bug and says which layer kills it, and in what time.

What was judged already is skipped, so an interrupted run goes on where it was. The host layer runs
quick(): a few mutants, others whenever the kernel or a test changes, each against the test that is
said to kill it.
"""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import build, mutants, source_tree
from .failure import Failure
from .mutant_layers import LAYERS, Ended, Proofs, judge, layer_named
from .mutant_results import code_digest, counts, settled, summary_page
from .mutant_tree import Tree

QUICK = {"unit": 8, "random": 1, "search": 1, "fuzz": 1}  # how many that each layer kills
WORKERS = 2


class Trees:
    """Copies of the repository, one for each worker."""

    def __init__(self, ports):
        for port in ports:
            build.ensure(port)
        self.all = [Tree(f"tree{index}", ports) for index in range(WORKERS)]
        self.idle = queue.Queue()
        for tree in self.all:
            for port in ports:
                tree.build(port)  # what refers to paths
            self.idle.put(tree)

    def each(self, chosen, work):
        """Call work(mutant, tree) for each, in the order of `chosen`; then remove the copies."""
        def one(mutant):
            tree = self.idle.get()
            try:
                work(mutant, tree)
            finally:
                self.idle.put(tree)

        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            try:
                list(pool.map(one, chosen))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for tree in self.all:
            tree.remove()


def _judge_all(report, to_judge, results):
    """Judge them and write each result down at once."""
    trees = Trees(sorted({layer.port for layer in LAYERS}))
    proofs = Proofs()
    lock = threading.Lock()

    def work(mutant, tree):
        start_s = time.monotonic()
        try:
            layer, test = judge(mutant, tree, results.get(mutant.name), LAYERS, proofs)
        except Failure as failure:
            with lock:
                if not isinstance(failure, Ended):
                    results.pop(mutant.name, None)
                report.fail(f"mutants: {mutant.name}", str(failure))
            return
        seconds = time.monotonic() - start_s
        with lock:
            results[mutant.name] = mutants.Result(mutant.name, layer, f"{seconds:.1f}",
                                                  mutant.digest(),
                                                  code_digest(mutant, layer, test), test)
            mutants.write_results(results)
            report.note(f"{layer:8} {seconds:5.1f} s  {mutant.name}: {test}")

    trees.each(to_judge, work)


def run(report, pattern):
    """Judge every mutant that is not settled yet, and write down what kills it."""
    everyone = mutants.load()
    results = mutants.read_results()
    for name in set(results) - {mutant.name for mutant in everyone}:
        del results[name]
    chosen = mutants.chosen(everyone, results, pattern)
    to_judge = [mutant for mutant in chosen if not settled(mutant, results.get(mutant.name))]
    to_judge.sort(key=lambda mutant: counts(mutant, results.get(mutant.name)))
    open_ones = sum(not counts(mutant, results.get(mutant.name)) for mutant in to_judge)
    report.note(f"{len(chosen)} mutants; {open_ones} are to be judged, and after them "
                f"{len(to_judge) - open_ones} again whose kernel file or test has changed")
    if to_judge:
        _judge_all(report, to_judge, results)
    mutants.write_results(results)
    for mutant in chosen:
        result = results.get(mutant.name)
        if result and result.killed:
            report.ok(f"mutants: {mutant.name}")
        elif result:
            report.fail(f"mutants: {mutant.name} survives", mutant.sentence())
    page = summary_page(results)
    mutants.SUMMARY.write_text(page)
    for line in page.splitlines()[4:]:
        report.note(line)


def rotation(names, number, count):
    """`count` neighbours of a sorted list, beginning where `number` says."""
    start = number % len(names) if names else 0
    return (names[start:] + names[:start])[:count]


def _quick_choice(results):
    """For each layer of QUICK a few of those that it kills: others whenever kernel or tests are."""
    number = int(source_tree.digest(("kernel", "lib/base", "tests")), 16)
    by_name = {mutant.name: mutant for mutant in mutants.load()}
    names = []
    for layer, count in QUICK.items():
        killed = sorted(name for name, result in results.items()
                        if result.layer == layer and name in by_name)
        names += rotation(killed, number, count)
    return [by_name[name] for name in names]


def quick(report):
    """A few mutants of the host's layers: does each still kill what it is said to kill?"""
    results = mutants.read_results()
    chosen = _quick_choice(results)
    if not chosen:
        report.fail("mutants", "results.tsv names none that the host tests kill")
        return
    lock = threading.Lock()

    def work(mutant, tree):
        known = results[mutant.name]
        try:
            layer, test = judge(mutant, tree, known, [layer_named(known.layer)])
            detail = f"no test fails: {mutant.sentence()}" if layer == mutants.SURVIVED else ""
        except Failure as failure:
            detail = str(failure)
        with lock:
            if detail:
                report.fail(f"mutants: {mutant.name}", detail)
            else:
                report.ok(f"mutants: {mutant.name} is killed by {test}")

    Trees(["host"]).each(chosen, work)
