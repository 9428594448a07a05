"""Debian packages: sources, and binaries of another architecture. Fetched by apt, checked, kept
beside the tree, never copied into it.

A recipe of third_party/ names a source package and the SHA-256 of what upstream released. The
machine's own package sources say where it comes from; its apt configuration is left as it is.
"""

import hashlib
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

from .failure import Failure
from .paths import ROOT
from .progress import run_logged

CACHE = Path.home() / ".cache" / "corm" / "source"
RECIPES = ROOT / "third_party"
APT = Path("/etc/apt")
OLD_STYLE = re.compile(r"^deb\s", re.M)
NEW_STYLE = re.compile(r"^Types:.*$", re.M | re.I)


def recipe(name):
    return tomllib.loads((RECIPES / f"{name}.toml").read_text())


def _own_lists(folder):
    """{path: text} of the machine's lists of packages."""
    paths = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    return {path: path.read_text() for path in paths
            if path.suffix in (".list", ".sources") and path.is_file()}


def as_source_lists(folder=APT):
    """{file name: text}: the machine's lists of binary packages, asking for sources instead."""
    lists = {}
    for path, text in _own_lists(folder).items():
        pattern, kind = ((OLD_STYLE, "deb-src ") if path.suffix == ".list"
                         else (NEW_STYLE, "Types: deb-src"))
        if pattern.search(text):
            lists[path.name] = pattern.sub(kind, text)
    return lists


def version_of_binary(package):
    """The version of the source package that an installed package was built from."""
    said = subprocess.run(["dpkg-query", "-W", "-f=${source:Version}", package],
                          capture_output=True, text=True)
    if said.returncode or not said.stdout:
        raise Failure(f"{package} is not installed", "./corm setup")
    return said.stdout


def fresh(folder):
    """An empty folder to be renamed to @folder once it is whole."""
    part = folder.with_name(f"{folder.name}.part")
    subprocess.run(["rm", "-rf", "--", str(part)], check=True)
    part.mkdir(parents=True)
    return part


def _private_apt(folder, texts, what, *options):
    """apt-get with lists of its own in @folder, which it has just filled."""
    lists = folder / "lists"
    parts = folder / "sources.list.d"
    (lists / "partial").mkdir(parents=True)
    parts.mkdir()
    for file_name, text in texts.items():
        (parts / file_name).write_text(text)
    private = ["apt-get", "-o", "Dir::Etc::sourcelist=/dev/null",
               "-o", f"Dir::Etc::sourceparts={parts}", "-o", f"Dir::State::lists={lists}",
               "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User=", *options]
    run_logged(f"apt-get update for {what}", [*private, "update"], "source-update",
               "is there a network?")
    return private


def download_binary(name, architecture, folder):
    """The .deb of a package of another architecture, in the newest version, in @folder."""
    with tempfile.TemporaryDirectory(prefix="corm-apt-") as scratch:
        private = _private_apt(
            Path(scratch), {path.name: text for path, text in _own_lists(APT).items()},
            architecture, "-o", f"APT::Architecture={architecture}",
            "-o", f"APT::Architectures={architecture}", "-o", "Dir::State::status=/dev/null")
        run_logged(f"fetching {name} for {architecture}", [*private, "download", name],
                   "binary-download", "is there a network?", cwd=folder)
    package, = folder.glob(f"{name}_*_{architecture}.deb")
    return package


def _download(name, version, folder):
    private = _private_apt(folder, as_source_lists(), "sources")
    package = f"{name}={version}" if version else name
    run_logged(f"fetching the source of {package}",
               [*private, "source", "--download-only", package],
               "source-download", "sudo apt-get update && sudo apt-get upgrade: Debian keeps the "
               "source of its newest packages", cwd=folder)


def check(path, sha256):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise Failure(f"{path} has the SHA-256 {found}, not {sha256}", f"rm -r {path.parent}")


def fetch_all():
    """Every source package that a recipe names, in the version of its binary if it has one."""
    for path in sorted(RECIPES.glob("*.toml")):
        wanted = recipe(path.stem)
        fetch(wanted, version_of_binary(wanted["binary"]) if "binary" in wanted else None)


def fetch(wanted, version=None):
    """The folder that holds the package's files as Debian has them; fetched once. Without a version
    it is Debian's newest of what upstream released as the recipe's file."""
    folder = CACHE / (f"{wanted['source']}_{version.replace(':', '%3a')}" if version
                      else wanted["orig"].partition(".orig.")[0])
    if not folder.is_dir():
        part = fresh(folder)
        _download(wanted["source"], version, part)
        subprocess.run(["rm", "-rf", "--", str(part / "lists")], check=True)
        part.rename(folder)  # whole: an interrupted one is not taken for it
    if not (folder / wanted["orig"]).is_file():
        raise Failure(f"{folder} has no {wanted['orig']}", "third_party/ names another release")
    check(folder / wanted["orig"], wanted["sha256"])
    return folder
