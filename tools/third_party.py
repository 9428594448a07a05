#!/usr/bin/python3
"""Takes files out of a source package into the build folder: third_party.py NAME FILE...

NAME is a recipe of third_party/; each FILE, to be written, is one of that name in its folder.
"""

import sys
import tarfile
from pathlib import Path

sys.dont_write_bytecode = True

from cormlib import debian_source  # noqa: E402
from cormlib.failure import Failure  # noqa: E402


def extract(archive, folder, targets):
    wanted = {f"{folder}/{target.name}": target for target in targets}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name in wanted:
                wanted.pop(member.name).write_bytes(tar.extractfile(member).read())
            if not wanted:
                return
    raise Failure(f"{archive} has no {', '.join(wanted)}", "third_party/ names another release")


def main():
    wanted = debian_source.recipe(sys.argv[1])
    try:
        package = debian_source.fetch(wanted)
        extract(package / wanted["orig"], wanted["folder"], [Path(name) for name in sys.argv[2:]])
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
