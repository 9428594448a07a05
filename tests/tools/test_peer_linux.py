"""Debian's kernel to measure against: chosen by apt, fetched once, an old version given up."""

import pytest

from cormlib import peer_linux
from cormlib.failure import Failure


@pytest.fixture
def archive(monkeypatch, tmp_path):
    """An archive that has one version, and lists that may be older than it."""

    class Archive:
        has = "2"
        listed = "2"
        fetched = 0
        reachable = True

        def update(self):
            if self.reachable:
                self.listed = self.has

        def field(self, package, name):
            if name == "Depends":
                return "linux-image-6.1.0-9-cloud-amd64 (= 6.1.9-1)"
            assert package == "linux-image-6.1.0-9-cloud-amd64" and name == "Version"
            return self.listed

        def unpack(self, package, version, folder):
            if version != self.has:
                raise Failure("404")
            self.fetched += 1
            (folder / "root" / "boot").mkdir(parents=True)
            (folder / "root" / "boot" / "vmlinuz-6.1.0-9-cloud-amd64").write_bytes(b"k")

    archive = Archive()
    monkeypatch.setattr(peer_linux, "CACHE", tmp_path)
    monkeypatch.setattr(peer_linux, "_field", archive.field)
    monkeypatch.setattr(peer_linux, "_unpack", archive.unpack)
    monkeypatch.setattr(peer_linux.setup, "update_lists", archive.update)
    return archive


def test_what_was_fetched_is_kept(archive):
    first, second = peer_linux.fetch(), peer_linux.fetch()
    assert first == second and archive.fetched == 1
    assert first.package == "linux-image-6.1.0-9-cloud-amd64" and first.version == "2"
    assert first.kernel.read_bytes() == b"k"


def test_a_version_that_the_archive_has_given_up_is_chosen_anew(archive):
    archive.has = "3"
    assert peer_linux.fetch().version == "3"


def test_what_cannot_be_fetched_is_an_error(archive):
    archive.has, archive.reachable = "3", False
    with pytest.raises(Failure, match="404"):
        peer_linux.fetch()
