"""The host's end of the framed channel: exact over a line that loses, repeats and garbles."""

import random
import struct
import zlib

import pytest

from cormlib.channel import Channel
from cormlib.cheader import header

ABI = header("channel.h")
STDIN, STDOUT = ABI["CHANNEL_STDIN"], ABI["CHANNEL_STDOUT"]


def carry(sender, receiver, now_s, garble=bytes):
    sender.pump(now_s)
    data = bytes(sender.outgoing)
    sender.outgoing.clear()
    receiver.feed(garble(data), now_s)


def drain(receiver):
    frames = list(receiver.received)
    receiver.received.clear()
    return frames


def test_a_frame_has_the_layout_of_the_contract():
    channel = Channel()
    channel.send("STDIN", b"hi")
    channel.pump(0)
    body = struct.pack("<BBBH", STDIN, 0, 0, 2) + b"hi"
    assert channel.outgoing == b"\xc0" + body + struct.pack("<I", zlib.crc32(body))
    assert len(body) + 1 - 2 == ABI["CHANNEL_HEADER_BYTES"]


def test_a_long_payload_is_cut_and_arrives_in_order():
    one, two = Channel(), Channel()
    data = random.Random(1).randbytes(100_000)
    one.send("STDIN", data)
    for step in range(200):
        carry(one, two, step)
        carry(two, one, step)
    assert b"".join(payload for _, payload in drain(two)) == data
    assert one.idle


def test_no_more_frames_are_under_way_than_the_window():
    channel = Channel()
    channel.send("STDIN", bytes(ABI["CHANNEL_PAYLOAD_MAX"] * 40))
    channel.pump(0)
    frame = ABI["CHANNEL_PAYLOAD_MAX"] + ABI["CHANNEL_HEADER_BYTES"] + 4
    assert len(channel.outgoing) == ABI["CHANNEL_WINDOW"] * frame


def test_nothing_is_resent_while_the_peer_answers():
    one, two = Channel(), Channel()
    one.send("STDIN", b"x")
    carry(one, two, 0)
    carry(two, one, 0)
    one.pump(60)
    assert not one.outgoing and one.idle


def test_silence_makes_the_sender_repeat_and_the_receiver_takes_it_once():
    one, two = Channel(), Channel()
    one.send("STDIN", b"x")
    carry(one, two, 0)
    two.outgoing.clear()
    carry(one, two, 1)
    assert drain(two) == [(STDIN, b"x")]
    carry(two, one, 1)
    assert one.idle


def test_a_slow_peer_is_not_flooded_with_copies():
    one, two = Channel(), Channel()
    one.send("STDIN", bytes(ABI["CHANNEL_PAYLOAD_MAX"] * 100))
    wire, sent = bytearray(), 0
    for step in range(20_000):
        now_s = step / 100
        one.pump(now_s)
        sent += len(one.outgoing)
        wire += one.outgoing
        one.outgoing.clear()
        two.feed(bytes(wire[:100]), now_s)
        del wire[:100]
        carry(two, one, now_s)
        if one.idle:
            break
    assert one.idle and sent < 1.3 * ABI["CHANNEL_PAYLOAD_MAX"] * 100


def test_a_false_start_of_frame_costs_nothing():
    one, two = Channel(), Channel()
    one.send("STDIN", b"\xc0\xc0\x05\x00 payload with sync bytes \xc0")
    carry(one, two, 0, lambda data: b"\xc0\xff\xff\xffnoise" + data)
    assert drain(two) == [(STDIN, b"\xc0\xc0\x05\x00 payload with sync bytes \xc0")]


@pytest.mark.parametrize("seed", range(8))
def test_both_directions_are_exact_over_a_bad_line(seed):
    generator = random.Random(seed)

    def garble(data):
        """One byte in 2,000 is lost, repeated or changed."""
        out = bytearray(data)
        for _ in range(generator.randrange(len(data) // 1000 + 1)):
            at = generator.randrange(len(out))
            out[at:at + 1] = generator.choice([b"", out[at:at + 1] * 2, bytes([out[at] ^ 16])])
        return bytes(out)

    one, two = Channel(), Channel()
    sent = {name: generator.randbytes(30_000) for name in ("STDIN", "STDOUT")}
    one.send("STDIN", sent["STDIN"])
    two.send("STDOUT", sent["STDOUT"])
    got = {STDIN: b"", STDOUT: b""}
    for step in range(3000):
        carry(one, two, step, garble)
        carry(two, one, step, garble)
        for kind, payload in drain(one) + drain(two):
            got[kind] += payload
        if one.idle and two.idle:
            break
    assert got[STDIN] == sent["STDIN"] and got[STDOUT] == sent["STDOUT"]
