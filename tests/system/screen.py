"""A person at a screen: the host's tmux is the terminal, its keys and what it shows."""

import contextlib
import re
import shlex
import subprocess
import time

from cormlib.paths import ROOT

LIMIT_S = 20
POLL_S = 0.1


class Screen:
    """A window of `columns` x `rows` in which `command` runs; end it with close()."""

    def __init__(self, folder, command, columns=100, rows=30):
        self.tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]
        words = [*self.tmux, "new-session", "-d", "-x", str(columns), "-y", str(rows),
                 shlex.join(str(word) for word in command) + "; echo ended with $?; sleep 1000"]
        subprocess.run(words, check=True, cwd=ROOT)

    def _ask(self, *words):
        return subprocess.run([*self.tmux, *words], check=True, capture_output=True,
                              text=True).stdout

    def keys(self, *names):
        """Press keys by the names that tmux has for them: "Enter", "C-c", "Escape"."""
        self._ask("send-keys", *names)

    def type(self, text):
        self._ask("send-keys", "-l", text)

    def text(self):
        """What stands on the screen."""
        return self._ask("capture-pane", "-p").rstrip()

    def resize(self, columns, rows):
        self._ask("resize-window", "-x", str(columns), "-y", str(rows))

    def wait(self, pattern, limit_s=LIMIT_S):
        """Until the screen shows `pattern` (a regular expression); returns the match."""
        end_s = time.monotonic() + limit_s
        while True:
            text = self.text()
            if match := re.search(pattern, text, re.MULTILINE):
                return match
            if time.monotonic() > end_s:
                raise AssertionError(f"no {pattern!r} on the screen after {limit_s} s:\n{text}")
            time.sleep(POLL_S)

    def press_until(self, pattern, *names):
        """Press keys, again each second, until the screen shows `pattern`: for keys that do nothing
        when they come before what they are meant for."""
        for _ in range(LIMIT_S):
            self.keys(*names)
            with contextlib.suppress(AssertionError):
                return self.wait(pattern, 1)
        return self.wait(pattern, 1)

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)
