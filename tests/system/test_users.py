"""Users of a world: the same root, with the same script, under this host's Linux (chroot) and in a
world: equal output and status. Nothing in the script would do harm to the host, even as root."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from cormlib import arches, root

pytestmark = pytest.mark.only("x86_64", reason="the same root runs on this host")

SCRIPT = Path(__file__).parent / "users.sh"
PATH = "/bin:/sbin:/usr/bin:/usr/sbin"
LIMIT_S = 120


def unpack(tree, folder):
    """Lays a root out on the host's disk."""
    for name, node in sorted(tree.nodes.items(), key=lambda item: item[0].split("/")):
        place = folder / name
        if node.kind == stat.S_IFDIR:
            place.mkdir()
        elif node.kind == stat.S_IFLNK:
            place.symlink_to(node.source)
            continue
        else:
            place.write_bytes(node.source.read_bytes() if isinstance(node.source, Path)
                              else node.source)
        os.chown(place, 0, node.group)
        place.chmod(node.mode)


def test_users_of_a_world_may_what_they_may_on_linux(world, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become everybody else: run the tests as root")
    if os.statvfs(tmp_path).f_flag & os.ST_NOSUID:
        pytest.skip(f"{tmp_path} is mounted nosuid: set TMPDIR to another place")
    added = f"{SCRIPT}:/users.sh"
    folder = tmp_path / "root"
    folder.mkdir(mode=0o755)
    unpack(root.build([added], arches.X86_64), folder)
    expected = subprocess.run(["chroot", folder, "/bin/sh", "/users.sh"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S, env={"PATH": PATH})
    outcome = world("env", "-i", f"PATH={PATH}", "/bin/sh", "/users.sh", add=[added],
                    limit_s=LIMIT_S)
    assert expected.stderr == b""
    assert outcome.out.decode() == expected.stdout.decode()
    assert outcome.status == expected.returncode == 0
