"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
HOST = BUILD / "host"
LOGS = BUILD / "log"
ABI = ROOT / "abi"
SYSTEMS = ROOT / "systems"
BOARDS = ROOT / "boards"
TOOLS = ROOT / "tools"
TESTS = ROOT / "tests"


def shown(path):
    """A path as a user would type it: relative to the current folder where that is shorter."""
    path = Path(path)
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
