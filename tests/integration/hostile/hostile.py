#!/usr/bin/env python3
"""Hostile clients on raw sockets, one kind after another and some all the while: a legitimate caller is served
between them and during them, the service stays up, and its memory stays bounded.
Usage: hostile.py STROWGERD. Exit code 77: skipped."""
import pathlib
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SKIPPED = 77
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
ACK, END_STREAM, END_HEADERS = 1, 1, 4
ROUTE = "/strowger.v1.RoutingService/Route"
CONTACT_FIELD = 4  # of RouteRequest
IDLE = 1_000
GROWTH_MIB = 500  # of resident memory; the service's own bound for messages is set to 64 MiB below
KEPT_MIB = 100  # of that, once the attackers have gone
PATIENCE_S = 30
random.seed(1)


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header field as HPACK has it without its tables (RFC 7541, 6.2.2)."""
    def text(part):
        length = len(part)
        if length < 127:
            return bytes([length]) + part
        rest, coded = length - 127, b"\x7f"
        while rest >= 128:
            coded += bytes([rest % 128 + 128])
            rest //= 128
        return coded + bytes([rest]) + part
    return b"\0" + text(name.encode()) + text(value.encode())


def request_headers(path, extra=()):
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"),
              ("content-type", "application/grpc"), ("te", "trailers"), *extra]
    return b"".join(literal(name, value) for name, value in fields)


def message(payload, declared=None):
    return b"\0" + struct.pack(">I", len(payload) if declared is None else declared) + payload


def field(number, payload):
    length, coded = len(payload), b""
    while length >= 128:
        coded += bytes([length % 128 + 128])
        length //= 128
    return bytes([number << 3 | 2]) + coded + bytes([length]) + payload


class Peer:
    """A connection that may be closed on us at any time, which is an answer."""

    def __init__(self, port, preface=True, settings=b""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        if preface:
            self.send(PREFACE + frame(SETTINGS, payload=settings))

    def send(self, data):
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def drain(self, seconds):
        """What comes within that time, or up to the end of the connection."""
        self.socket.settimeout(0.1)
        received, until = b"", time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                block = self.socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not block:
                break
            received += block
        return received

    def close(self):
        self.socket.close()


def goaway_in(data):
    """The error code of a GOAWAY frame; None: there is none."""
    at = 0
    while at + 9 <= len(data):
        length = int.from_bytes(data[at:at + 3], "big")
        if data[at + 3] == GOAWAY:
            return struct.unpack(">I", data[at + 13:at + 17])[0]
        at += 9 + length
    return None


# ---- Attacks, each on connections of its own --------------------------------------------------------------------

def garbage(port):
    for size in (1, 10, 100, 100_000):
        peer = Peer(port, preface=False)
        peer.send(random.randbytes(size))
        peer.close()
    peer = Peer(port, preface=False)
    peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    peer.close()
    for _ in range(50):
        peer = Peer(port)
        peer.send(frame(random.randrange(256), random.randrange(256), random.randrange(2 ** 31),
                        random.randbytes(random.randrange(2_000))))
        peer.close()


def oversized(port):
    for declared, sent in ((2 ** 31, 100_000), (64 << 20, 5 << 20), (8 << 20, 8 << 20)):
        peer = Peer(port)
        peer.send(frame(HEADERS, END_HEADERS, 1, request_headers(ROUTE)))
        left = message(bytes(sent), declared)
        while left and peer.send(frame(DATA, 0, 1, left[:16_384])):
            left = left[16_384:]
        peer.close()
    peer = Peer(port)  # a frame above what the settings allow
    peer.send(frame(DATA, 0, 1, bytes(1 << 20)))
    peer.close()


def metadata(port):
    """Headers too long for one frame, and such as never end."""
    peer = Peer(port)
    block = request_headers(ROUTE, [("x-long", "a" * 100_000)])
    peer.send(frame(HEADERS, 0, 1, block[:16_000]))
    for at in range(16_000, len(block), 16_000):
        peer.send(frame(CONTINUATION, 0, 1, block[at:at + 16_000]))
    peer.close()
    peer = Peer(port)
    peer.send(frame(HEADERS, 0, 1, request_headers(ROUTE)))
    for _ in range(2_000):
        if not peer.send(frame(CONTINUATION, 0, 1, literal("x-more", "a" * 10_000))):
            break
    peer.close()


def nested(port):
    """Messages in messages, up to the size of a request; and lengths that lie."""
    for depth, number in ((100, 1), (10_000, 1), (100_000, 4)):
        body = b""
        for _ in range(depth):
            body = field(number, body)
            if len(body) > 3 << 20:
                break
        call(port, ROUTE, body)
    call(port, ROUTE, b"\x0b" * 200_000)  # groups that are never closed
    call(port, ROUTE, b"\x0a\xff\xff\xff\xff\x07")


def call(port, path, body):
    peer = Peer(port)
    peer.send(frame(HEADERS, END_HEADERS, 1, request_headers(path)))
    left = message(body)
    while left and peer.send(frame(DATA, END_STREAM if len(left) <= 16_384 else 0, 1, left[:16_384])):
        left = left[16_384:]
    peer.drain(0.2)
    peer.close()


def rapid_resets(port):
    """Streams opened and reset at once (as CVE-2023-44487), a message in every other."""
    for _ in range(4):
        peer = Peer(port)
        block = request_headers("/strowger.v1.QueueService/ListQueues")
        for start in range(1, 20_000, 200):
            burst = b""
            for stream in range(start, start + 200, 2):
                burst += frame(HEADERS, END_HEADERS, stream, block)
                if stream % 4 == 1:
                    burst += frame(DATA, END_STREAM, stream, message(b""))
                burst += frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
            if not peer.send(burst):
                break
        peer.close()


def pings(port):
    peer = Peer(port)
    for _ in range(200):
        if not peer.send(frame(PING, 0, 0, bytes(8)) * 50):
            break
    code = goaway_in(peer.drain(5))
    peer.close()
    if code is not None and code != 11:  # ENHANCE_YOUR_CALM
        raise SystemExit(f"hostile: a ping flood was answered with error {code}")
    if code is None:
        print("  (the connection was cut before the goaway could be read)")


def settings(port):
    peer = Peer(port)
    for _ in range(200):
        if not peer.send(frame(SETTINGS, payload=struct.pack(">HI", 4, 0) * 10) * 20):
            break
    peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2 ** 31 - 1)) * 10)
    peer.close()


ATTACKS = (garbage, oversized, metadata, nested, rapid_resets, pings, settings)


# ---- All the while ------------------------------------------------------------------------------------------

def idle_connections(port):
    """Half of them say nothing at all."""
    return [Peer(port, preface=index % 2 == 0) for index in range(IDLE)]


def slow_readers(port):
    """They ask for what goes on and on, and never let anything be sent."""
    no_window = struct.pack(">HI", 4, 0)
    peers = []
    for path, body in (("/strowger.v1.EventService/Watch", b""),
                       ("/strowger.v1.QueueService/WatchQueues", field(3, b"\x10" + b"\x80\xc2\xd7\x2f"))) * 20:
        peer = Peer(port, settings=no_window)
        peer.send(frame(HEADERS, END_HEADERS, 1, request_headers(path)) +
                  frame(DATA, END_STREAM, 1, message(body)))
        peers.append(peer)
    return peers


class Caller(threading.Thread):
    """Submits contacts, one after another, over one connection; each must be answered in time."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.served = 0
        self.trouble = None
        self.stop = threading.Event()

    def run(self):
        try:
            peer = Peer(self.port)
            frames = self.frames(peer)
            while not self.stop.is_set():
                self.submit(peer, frames)
                self.served += 1
                time.sleep(0.005)
            peer.close()
        except (OSError, ValueError) as error:
            self.trouble = error

    @staticmethod
    def frames(peer):
        """As they come: kind, flags, stream, payload."""
        stream = peer.socket.makefile("rb")
        while head := stream.read(9):
            payload = stream.read(int.from_bytes(head[:3], "big"))
            yield head[3], head[4], int.from_bytes(head[5:], "big"), payload
        raise ValueError("the connection was closed")

    def submit(self, peer, frames):
        number = 2 * self.served + 1
        contact = field(1, f"{id(self)}-{self.served}".encode()) + field(2, b"voice")
        peer.send(frame(HEADERS, END_HEADERS, number, request_headers(ROUTE)) +
                  frame(DATA, END_STREAM, number, message(field(CONTACT_FIELD, contact))))
        answered = False
        for kind, flags, stream, payload in frames:
            if kind == SETTINGS and not flags & ACK:
                peer.send(frame(SETTINGS, ACK))
            elif kind == PING and not flags & ACK:
                peer.send(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                raise ValueError("sent away")
            elif kind == DATA:
                answered |= len(payload) > 5
                peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload))))
            if stream == number and (kind == RST_STREAM or flags & END_STREAM and kind in (DATA, HEADERS)):
                break
        if not answered:
            raise ValueError("a contact was refused")

    def check(self, when):
        before, until = self.served, time.monotonic() + PATIENCE_S
        while self.served <= before + 5 and self.trouble is None and time.monotonic() < until:
            time.sleep(0.02)
        if self.trouble is not None or self.served <= before + 5:
            raise SystemExit(f"hostile: {when}: the legitimate caller is not served: {self.trouble}")


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def await_given_back(pid, before):
    """How much more is resident than `before`, once that is little, or patience ends."""
    until = time.monotonic() + PATIENCE_S
    while (kept := resident_mib(pid) - before) > KEPT_MIB and time.monotonic() < until:
        time.sleep(0.5)
    return kept


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_ready(metrics):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("hostile: the service did not start")


def attack(server, port, caller):
    caller.check("before anything")
    before = resident_mib(server.pid)
    held = idle_connections(port) + slow_readers(port)
    caller.check(f"{IDLE} idle connections and {len(held) - IDLE} slow readers")
    most = before
    for each in ATTACKS:
        each(port)
        caller.check(each.__name__)
        if server.poll() is not None:
            raise SystemExit(f"hostile: {each.__name__} ended the service")
        most = max(most, resident_mib(server.pid))
        print(f"{each.__name__}: served, {resident_mib(server.pid):.0f} MiB resident")
    for peer in held:
        peer.close()
    caller.check("after all")
    kept = await_given_back(server.pid, before)
    print(f"{caller.served} contacts taken; memory grew by {most - before:.0f} MiB at most, and {kept:.0f} in the end")
    if most - before > GROWTH_MIB:
        raise SystemExit(f"hostile: memory grew by {most - before:.0f} MiB")
    if kept > KEPT_MIB:
        raise SystemExit(f"hostile: {kept:.0f} MiB were not given back")


class Service:
    """The real one on ports of its own, ready to be called; `files`: how many it may open."""

    def __init__(self, strowgerd, folder, files):
        self.port, metrics = free_port(), free_port()
        self.log = pathlib.Path(folder) / f"log{self.port}"
        self.process = subprocess.Popen(
            [strowgerd, "--listen", f"127.0.0.1:{self.port}", "--metrics.listen", f"127.0.0.1:{metrics}",
             "--data", f"{folder}/data{self.port}", "--journal.mode", "memory", "--intake.memory_mib", "64"],
            stderr=self.log.open("w"), stdout=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        await_ready(metrics)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE_S)
        if code != 0:
            raise SystemExit(f"hostile: the service ended with {code}")


def under_attack(service):
    caller = Caller(service.port)
    caller.start()
    try:
        attack(service.process, service.port, caller)
    finally:
        caller.stop.set()
        caller.join()


def out_of_files(service):
    """More connections than the service may have files: whoever has one is served, and others are once there is room."""
    first = Caller(service.port)
    first.start()
    first.check("before the files run out")
    held = [Peer(service.port) for _ in range(300)]
    first.check("with all connections taken")
    for peer in held:
        peer.close()
    until = time.monotonic() + PATIENCE_S
    while True:
        later = Caller(service.port)
        later.start()
        time.sleep(0.5)
        later.stop.set()
        later.join()
        if later.served > 0:
            break
        if time.monotonic() > until:
            raise SystemExit(f"hostile: after the files ran out nobody is let in any more: {later.trouble}")
    first.stop.set()
    first.join()
    print("out of files: served, and new connections are taken again")


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4 * IDLE:
        print(f"skipped: no more than {hard} files may be open here")
        return SKIPPED
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4 * IDLE), hard))
    with tempfile.TemporaryDirectory() as folder:
        for play, files in ((under_attack, 4 * IDLE), (out_of_files, 150)):
            service = Service(sys.argv[1], folder, files)
            try:
                play(service)
            except BaseException:
                print(service.log.read_text()[-4_000:])
                service.process.kill()
                raise
            service.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
