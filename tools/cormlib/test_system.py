"""The system layer: pytest drives whole machines through the front door."""

from .paths import TESTS
from .pytest_layer import run_pytest


def run(report, pattern, arch):
    run_pytest(report, "system", TESTS / "system", pattern, live=True,
               environment={"CORM_ARCH": arch.name})
