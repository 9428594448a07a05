"""The conversation of `corm run`, with a thread that plays the Linux world."""

import os
import socket
import struct
import threading
import time

import pytest

from cormlib.channel import Channel
from cormlib.cheader import header
from cormlib.session import Died, LeftByUser, Session

ABI = header("channel.h")
LIMIT_S = 20


class FakeMachine:
    """What a session asks of a machine."""

    def __init__(self):
        self.status = None
        self.last_words = None

    def poll(self):
        return self.status

    def fatal_line(self):
        return self.last_words


class FakeWorld(threading.Thread):
    """Answers like a world: `serve(world, kind, payload)` is called for each frame."""

    def __init__(self, line, machine, serve):
        super().__init__(daemon=True)
        self.line, self.machine, self.serve = line, machine, serve
        self.channel = Channel()
        self.ended = False

    def exit(self, status):
        self.channel.send("EXIT", struct.pack("<I", status))
        self.ended = True

    def run(self):
        self.line.settimeout(0.01)
        self.channel.send("HELLO")
        self.serve(self, None, b"")
        while not (self.ended and self.channel.idle):
            self.channel.pump(time.monotonic())
            self.line.sendall(bytes(self.channel.outgoing))
            self.channel.outgoing.clear()
            try:
                self.channel.feed(self.line.recv(65536), time.monotonic())
            except TimeoutError:
                pass
            while self.channel.received:
                self.serve(self, *self.channel.received.popleft())
        self.machine.status = 33


@pytest.fixture
def converse(tmp_path):
    """converse(serve, input) -> (status, out, err) of one session."""

    def run(serve, data=None, interactive=False, machine=None):
        ours, theirs = socket.socketpair()
        machine = machine or FakeMachine()
        (tmp_path / "in").write_bytes(data or b"")
        ours.setblocking(False)
        source = os.open(tmp_path / "in", os.O_RDONLY)
        streams = [os.open(tmp_path / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
                   for name in ("out", "err")]
        session = Session(machine, ours, time.monotonic() + LIMIT_S, interactive, source, *streams)
        session.reading = data is not None
        if data is None:
            session.end_input()
        FakeWorld(theirs, machine, serve).start()
        status = session.run()
        return status, (tmp_path / "out").read_bytes(), (tmp_path / "err").read_bytes()

    return run


def test_output_errors_and_status_come_through(converse):
    def serve(world, kind, payload):
        if kind is None:
            world.channel.send("STDOUT", b"out" * 5000)
            world.channel.send("STDERR", b"err")
            world.exit(7)

    assert converse(serve) == (7, b"out" * 5000, b"err")


def test_input_arrives_whole_and_then_ends(converse):
    got = bytearray()

    def serve(world, kind, payload):
        if kind == ABI["CHANNEL_STDIN"]:
            got.extend(payload)
        elif kind == ABI["CHANNEL_EOF"]:
            world.channel.send("STDOUT", bytes(got))
            world.exit(0)

    data = os.urandom(300_000)
    assert converse(serve, data) == (0, data, b"")


def test_without_input_the_end_is_told_at_once(converse):
    def serve(world, kind, payload):
        if kind == ABI["CHANNEL_EOF"]:
            world.exit(3)

    assert converse(serve)[0] == 3


def test_a_machine_that_ends_without_a_status_has_died(converse):
    def serve(world, kind, payload):
        world.machine.status = 0

    with pytest.raises(Died, match="before the world had ended"):
        converse(serve)


def test_the_kernels_last_words_are_the_reason(converse):
    def serve(world, kind, payload):
        world.machine.last_words = "corm: panic: x.c:1: assertion failed: y"

    with pytest.raises(Died, match="assertion failed"):
        converse(serve)


def test_the_leave_key_ends_an_interactive_session(converse):
    with pytest.raises(LeftByUser):
        converse(lambda *_: None, b"abc\x1d", interactive=True)


def test_a_window_change_reaches_the_world():
    channel, world = Channel(), Channel()
    session = Session.__new__(Session)
    session.channel = channel
    session.resize(40, 120)
    channel.pump(0)
    world.feed(bytes(channel.outgoing), 0)
    assert world.received.popleft() == (ABI["CHANNEL_WINSIZE"], struct.pack("<HH", 40, 120))
