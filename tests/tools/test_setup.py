"""`corm setup`: what it does as root, with sudo, without sudo, without a terminal."""

import io
import subprocess

import pytest

from cormlib import setup
from cormlib.failure import Failure


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def user(monkeypatch):
    """user(sudo=..., terminal=..., answer=...): a user who is not root."""

    def become(sudo=True, terminal=True, answer="\n", sudo_allowed=True):
        monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
        monkeypatch.setattr(setup.shutil, "which", lambda name: "/usr/bin/sudo" if sudo else None)
        monkeypatch.setattr(setup.sys, "stdin", (Terminal if terminal else io.StringIO)(answer))
        monkeypatch.setattr(setup.subprocess, "run", lambda command, **_:
                            subprocess.CompletedProcess(command, 0 if sudo_allowed else 1))

    return become


def test_root_needs_no_sudo(monkeypatch):
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    assert setup._prefix(["gcc"]) == []


def test_a_user_is_asked_first(user, capsys):
    user(answer="y\n")
    assert setup._prefix(["gcc", "meson"]) == ["sudo"]
    asked = capsys.readouterr().err
    assert "gcc meson" in asked and "apt-get update" in asked and "[Y/n]" in asked


def test_a_no_installs_nothing_and_names_the_command(user):
    user(answer="n\n")
    with pytest.raises(Failure, match="not installed") as caught:
        setup._prefix(["gcc"])
    assert "sudo apt-get update && sudo env" in caught.value.advice


def test_without_sudo_the_command_for_root_is_named(user):
    user(sudo=False)
    with pytest.raises(Failure, match="gcc") as caught:
        setup._prefix(["gcc"])
    assert "as root: apt-get update" in caught.value.advice


def test_without_a_terminal_nobody_is_asked(user, capsys):
    user(terminal=False)
    assert setup._prefix(["gcc"]) == ["sudo", "-n"]
    user(terminal=False, sudo_allowed=False)
    with pytest.raises(Failure) as caught:
        setup._prefix(["gcc"])
    assert "apt-get install -y" in caught.value.advice
    assert "[Y/n]" not in capsys.readouterr().err


def test_a_good_answer_is_remembered_until_dpkg_changes(monkeypatch, tmp_path):
    queries = []

    def query(command, **_):
        queries.append(command)
        text = "".join(f"{name} installed\n" for name in setup.PACKAGES)
        return subprocess.CompletedProcess(command, 0, stdout=text)

    (tmp_path / "status").write_text("")
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(setup, "DPKG_STATUS", str(tmp_path / "status"))
    monkeypatch.setattr(setup.subprocess, "run", query)
    assert setup.missing_packages() == setup.missing_packages() == []
    assert len(queries) == 1
    (tmp_path / "stamp").write_text("an older list")
    assert setup.missing_packages() == [] and len(queries) == 2


def test_what_is_not_installed_is_missing(monkeypatch, tmp_path):
    text = "".join(f"{name} installed\n" for name in setup.PACKAGES if name != "meson")
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(setup.subprocess, "run", lambda command, **_:
                        subprocess.CompletedProcess(command, 1, stdout=text))
    assert setup.missing_packages() == ["meson"] and not (tmp_path / "stamp").exists()
