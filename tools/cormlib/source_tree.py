"""The sources as they lie here: committed or not, in a git checkout or not."""

import hashlib

from .paths import ROOT

LEFT_OUT = {".git", "build", "__pycache__", ".cache"}  # what .gitignore names, and git's own


def files(folder=ROOT):
    """All files below it, in an order that is the same everywhere."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.suffix == ".pyc" or path.is_symlink():
            continue
        found += files(path) if path.is_dir() else [path]
    return found


def digest(folders):
    """A hash of the names and contents of all files below folders of the repository."""
    hashed = hashlib.sha256()
    for folder in folders:
        for path in sorted(files(ROOT / folder)):
            hashed.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return hashed.hexdigest()
