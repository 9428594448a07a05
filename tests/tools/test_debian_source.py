"""Source packages: whose lists are asked, and what is refused."""

import hashlib

import pytest

from cormlib import debian_source
from cormlib.failure import Failure


def test_source_lists_ask_for_sources_of_the_machines_own_lists(tmp_path):
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("# deb no\ndeb [a=b] http://one/ x main\n")
    (parts / "two.sources").write_text("Types: deb\nURIs: http://two/\n\nTypes: deb deb-src\n")
    (parts / "off.list.disabled").write_text("deb http://three/ x main\n")
    assert debian_source.as_source_lists(tmp_path) == {
        "sources.list": "# deb no\ndeb-src [a=b] http://one/ x main\n",
        "two.sources": "Types: deb-src\nURIs: http://two/\n\nTypes: deb-src\n"}


def test_a_file_with_another_sum_is_refused(tmp_path):
    path = tmp_path / "orig.tar"
    path.write_bytes(b"text")
    debian_source.check(path, hashlib.sha256(b"text").hexdigest())
    with pytest.raises(Failure, match="SHA-256"):
        debian_source.check(path, "0" * 64)
