"""The framed channel to a Linux world over COM2; abi/channel.h is its contract.

Pure protocol, no files: bytes that came from the line go in, frames come out; what is to be sent
waits in `outgoing`. So the tests drive it without a machine.
"""

import struct
import zlib
from collections import deque

from .cheader import header

SEQUENCES = 256
PATIENCE_MOST_S = 5.0
TRIPS_OF_SILENCE = 2  # silence of so many usual round trips is a loss
FIRST_TRIP_S = 0.5
SMOOTHING = 0.125


class Channel:
    """One end. `now_s` is passed in by the caller; time only decides about resends."""

    def __init__(self):
        self.abi = header("channel.h")
        self.sync = bytes([self.abi["CHANNEL_SYNC"]])
        self.outgoing = bytearray()
        self.received = deque()
        self._buffer = bytearray()
        self._expected = 0
        self._next = 0
        self._unacknowledged = deque()
        self._waiting = deque()
        self._heard_s = 0.0
        self._trip_s = 0.0
        self._patience_s = self._usual_patience_s()
        self._gap_reported = False

    def send(self, kind, payload=b""):
        """Queue a payload of any length as frames of type `kind` (a name without CHANNEL_)."""
        number = self.abi[f"CHANNEL_{kind}"]
        most = self.abi["CHANNEL_PAYLOAD_MAX"]
        for start in range(0, max(len(payload), 1), most):
            self._waiting.append((number, bytes(payload[start:start + most])))

    @property
    def idle(self):
        """Everything that was sent has been acknowledged."""
        return not self._waiting and not self._unacknowledged

    @property
    def backlog(self):
        return len(self._waiting)

    def feed(self, data, now_s):
        """Take bytes from the line; complete frames appear in `received` as (type, payload)."""
        self._buffer += data
        while self._take_frame(now_s):
            pass

    def pump(self, now_s):
        """Move what the window allows to `outgoing`; resend after a silence."""
        window = self.abi["CHANNEL_WINDOW"]
        silent = now_s - self._heard_s > self._patience_s
        if self._unacknowledged and silent and not self.outgoing:
            if self._trip_s:  # a peer that has not spoken yet is starting: ask it often
                self._patience_s = min(2 * self._patience_s, PATIENCE_MOST_S)
            self._resend(now_s)
        while self._waiting and len(self._unacknowledged) < window:
            if not self._unacknowledged:
                self._heard_s = now_s
            kind, payload = self._waiting.popleft()
            frame = self._frame(kind, self._next, payload)
            self._next = (self._next + 1) % SEQUENCES
            self._unacknowledged.append([frame, now_s])
            self.outgoing += frame

    def _usual_patience_s(self):
        """A loaded host makes the guest slow: what counts as silence grows with the round trip, or
        resends would pile up and make it slower."""
        return min(max(self.abi["CHANNEL_RESEND_MS"] / 1000, TRIPS_OF_SILENCE * self._trip_s),
                   PATIENCE_MOST_S)

    def _frame(self, kind, sequence, payload):
        body = struct.pack("<BBBH", kind, sequence, 0, len(payload)) + payload
        return self.sync + body + struct.pack("<I", zlib.crc32(body))

    def _resend(self, now_s):
        self._heard_s = now_s
        for item in self._unacknowledged:
            item[1] = None  # which of the copies an answer belongs to is not known
            self.outgoing += item[0]

    def _take_frame(self, now_s):
        """Handle one frame at the head of the buffer. False: more bytes are needed."""
        start = self._buffer.find(self.sync)
        if start < 0:
            self._buffer.clear()
            return False
        del self._buffer[:start]
        head = self.abi["CHANNEL_HEADER_BYTES"]
        if len(self._buffer) < head:
            return False
        kind, sequence, zero, length = struct.unpack_from("<BBBH", self._buffer, 1)
        if zero or length > self.abi["CHANNEL_PAYLOAD_MAX"]:
            del self._buffer[:1]
            return True
        end = head + length
        if len(self._buffer) < end + 4:
            return False
        checksum, = struct.unpack_from("<I", self._buffer, end)
        if zlib.crc32(bytes(self._buffer[1:end])) != checksum:
            del self._buffer[:1]
            self._answer("NAK")
            return True
        payload = bytes(self._buffer[head:end])
        del self._buffer[:end + 4]
        self._accept(kind, sequence, payload, now_s)
        return True

    def _answer(self, kind):
        self.outgoing += self._frame(self.abi[f"CHANNEL_{kind}"], self._expected, b"")

    def _accept(self, kind, sequence, payload, now_s):
        if kind in (self.abi["CHANNEL_ACK"], self.abi["CHANNEL_NAK"]):
            self._acknowledge(sequence, now_s)
            if kind == self.abi["CHANNEL_NAK"]:
                self._resend(now_s)
            return
        gap = False
        if sequence == self._expected:
            self._expected = (self._expected + 1) % SEQUENCES
            self._gap_reported = False
            self.received.append((kind, payload))
        elif not self._gap_reported:
            gap = (sequence - self._expected) % SEQUENCES < SEQUENCES // 2
            self._gap_reported = gap
        self._answer("NAK" if gap else "ACK")

    def _acknowledge(self, sequence, now_s):
        """Any answer shows that the peer is at work; only silence or a NAK means a loss."""
        self._heard_s = now_s
        self._trip_s = self._trip_s or FIRST_TRIP_S
        first = (self._next - len(self._unacknowledged)) % SEQUENCES
        count = (sequence - first) % SEQUENCES
        if 0 < count <= len(self._unacknowledged):
            for _ in range(count):
                _, sent_s = self._unacknowledged.popleft()
                if sent_s is not None:
                    self._trip_s += SMOOTHING * (now_s - sent_s - self._trip_s)
            self._patience_s = self._usual_patience_s()
