"""What the committed results of the seeded bugs (tests/mutants/results.tsv) are worth.

A kill counts as long as the patch makes the same mistake and there is the test that found it: an
ordinary change of the kernel leaves it so, and `corm test host` asks a few of them again each time.
It is settled, so that `corm test mutants` need not ask again, only while the files that the patch
changes and that of the test are as they were, too.
"""

from . import mutants
from .mutant_layers import COMPILER, LAYERS, layer_named

SURVIVES = "no test kills it"


def code_digest(mutant, layer, test):
    """What a result was found with; of the compiler's, and of survivors, only the mutated files."""
    return (layer_named(layer) or LAYERS[0]).code_digest(mutant, test)


def _doubt(mutant, result):
    """Why @result does not count for the mutant, or None."""
    if result is None or result.patch != mutant.digest():
        return "not judged as it is"
    if not result.killed:
        return SURVIVES
    layer = layer_named(result.layer)
    if result.layer != COMPILER and (layer is None or not layer.has(result.test)):
        return f"the test that killed it is no more ({result.layer}: {result.test})"
    return None


def counts(mutant, result):
    return _doubt(mutant, result) is None


def settled(mutant, result):
    return (counts(mutant, result)
            and result.code == code_digest(mutant, result.layer, result.test))


def summary_page(results, folder=mutants.FOLDER):
    """docs/mutants.md; of results only those of the mutants as they are."""
    layers = [COMPILER, *(layer.name for layer in LAYERS)]
    everyone = mutants.load(folder)
    of_now = {mutant.name: results[mutant.name] for mutant in everyone
              if _doubt(mutant, results.get(mutant.name)) in (None, SURVIVES)}
    return mutants.summary(of_now, layers, len(everyone))


def complain_about_results(folder=mutants.FOLDER, path=mutants.RESULTS):
    """Mutants that the committed results do not say to be killed, and results of none."""
    results = mutants.read_results(path)
    doubts = {mutant.name: _doubt(mutant, results.pop(mutant.name, None))
              for mutant in mutants.load(folder)}
    doubts = {name: doubt for name, doubt in doubts.items() if doubt}
    doubts |= {name: "there is no such patch" for name in results}
    if not doubts:
        return ""
    only = f" -k {next(iter(doubts))}" if len(doubts) == 1 else ""
    return "\n".join([*(f"{name}: {doubt}" for name, doubt in doubts.items()),
                      f"next: ./corm test mutants{only}"])


def complain_about_summary():
    """A page that says something else than the results, killed or not."""
    if mutants.SUMMARY.read_text() == summary_page(mutants.read_results()):
        return ""
    return "docs/mutants.md says something else than results.tsv\nnext: ./corm test mutants"
