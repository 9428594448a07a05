"""busybox for each architecture: of one version, kept when whole, configured as Debian does."""

import subprocess

import pytest

from cormlib import arches, busybox_binary
from cormlib.failure import Failure

CONTROL = """Package: busybox-static
Version: {version}
Architecture: arm64
Maintainer: nobody
Description: a test
"""


@pytest.fixture
def debian(monkeypatch, tmp_path):
    """debian(version): what the archive has for arm64; returns how often it was asked."""
    asked = []
    monkeypatch.setattr(busybox_binary, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(busybox_binary.debian_source, "version_of_binary", lambda _: "1:1.35.0-4")

    def offer(version):
        tree = tmp_path / "tree"
        (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (tree / "DEBIAN" / "control").write_text(CONTROL.format(version=version))
        (tree / "bin").mkdir(exist_ok=True)
        (tree / "bin" / "busybox").write_bytes(b"arm64")

        def download(name, architecture, folder):
            asked.append(f"{name}:{architecture}")
            package = folder / "package.deb"
            subprocess.run(["dpkg-deb", "-b", tree, package], check=True, capture_output=True)
            return package

        monkeypatch.setattr(busybox_binary.debian_source, "download_binary", download)
        return asked

    return offer


def test_what_debian_has_is_fetched_once(debian):
    asked = debian("1:1.35.0-4+b1")
    first, second = (busybox_binary.get(arches.AARCH64) for _ in range(2))
    assert first == second and first.path.read_bytes() == b"arm64"
    assert asked == ["busybox-static:arm64"]
    assert {"/bin/sh", "/usr/bin/awk"} <= {f"/{name.lstrip('/')}" for name in first.applets}


def test_another_version_than_the_installed_one_is_refused_and_not_kept(debian):
    debian("1:1.36.1-9")
    with pytest.raises(Failure, match="1.36.1"):
        busybox_binary.get(arches.AARCH64)
    debian("1:1.35.0-4")
    assert busybox_binary.get(arches.AARCH64).path.is_file()


def test_every_architecture_has_its_way_to_a_busybox():
    assert set(busybox_binary.WAYS) == set(arches.ALL.values())


def test_only_what_does_not_compile_is_left_out_of_debians_configuration(tmp_path):
    (tmp_path / "config").write_text("CONFIG_ASH=y\nCONFIG_TC=y\nCONFIG_TAC=y\n")
    wanted = {"config": "config"}
    assert busybox_binary._configuration(tmp_path, wanted) == (
        "CONFIG_ASH=y\n# CONFIG_TC is not set\nCONFIG_TAC=y\n")
    (tmp_path / "config").write_text("CONFIG_ASH=y\n")
    with pytest.raises(Failure, match="CONFIG_TC"):
        busybox_binary._configuration(tmp_path, wanted)
