"""A TOML file with the lines at which its tables and keys stand.

tomllib parses; this adds what it does not tell: positions, so that every mistake that is found
later can name its line.
"""

import re
import tomllib

TABLE = re.compile(r"^\s*\[\s*([^\]]+?)\s*\]")
KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")
SYNTAX_LINE = re.compile(r"^(.*) \(at line (\d+), column \d+\)$")


class ManifestError(Exception):
    """A mistake in a manifest; the text starts with FILE:LINE."""


class Source:
    """`data` as tomllib reads it; fail() names the place of a table or of a key in it."""

    def __init__(self, path):
        self.shown = str(path)
        text = path.read_text()
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ManifestError(self._syntax(str(error))) from None
        self._lines = {}
        table = ""
        for number, line in enumerate(text.splitlines(), 1):
            if match := TABLE.match(line):
                table = match[1].replace('"', "").replace("'", "")
                self._lines.setdefault((table, None), number)
            elif match := KEY.match(line):
                self._lines.setdefault((table, match[1]), number)

    def _syntax(self, message):
        match = SYNTAX_LINE.match(message)
        return f"{self.shown}:{match[2]}: {match[1]}" if match else f"{self.shown}:1: {message}"

    def has(self, table, key):
        return (table, key) in self._lines

    def line(self, table, key=None):
        return self._lines.get((table, key)) or self._lines.get((table, None)) or 1

    def fail(self, why, table="", key=None):
        raise ManifestError(f"{self.shown}:{self.line(table, key)}: {why}")
