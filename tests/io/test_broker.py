"""Rooms over several processes: a broker that relays, that goes away and comes back. Real brokers where they are installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from serving import PATIENCE, Running, running
from websockets.sync.client import ClientConnection, connect

# connections outlive the functions that open them
pytestmark = pytest.mark.filterwarnings("ignore:connect:DeprecationWarning")


class Relay:
    """As much of a NATS server as publishing and subscribing need."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.clients: list[socket.socket] = []
        self.subscribed = threading.Semaphore(0)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.sendall(b'INFO {"server_id":"x","max_payload":1048576}\r\n')
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        file = client.makefile("rb")
        while line := file.readline():
            words = line.split()
            if words[0] == b"SUB":
                self.clients.append(client)
                self.subscribed.release()
            elif words[0] == b"PING":
                client.sendall(b"PONG\r\nPING\r\n")
            elif words[0] == b"PUB":
                data = file.read(int(words[2]) + 2)
                for other in self.clients:
                    if other is not client:
                        other.sendall(b"MSG %s 1 %d\r\n%s" % (words[1], len(data) - 2, data))

    def drop_clients(self) -> None:
        for client in self.clients:
            client.shutdown(socket.SHUT_RDWR)
        self.clients.clear()


def _member(server: Running) -> ClientConnection:
    member = connect(f"ws://127.0.0.1:{server.port()}/room")
    member.send("here")
    assert member.recv(PATIENCE) == "here"
    return member


@contextmanager
def _two(url: str) -> Iterator[tuple[Running, Running]]:
    with running("ws_server", MESH_BROKER_URL=url) as one, running("ws_server", MESH_BROKER_URL=url) as two:
        one.wait_err("broker connected")
        two.wait_err("broker connected")
        yield one, two


def _exchange(one: Running, two: Running) -> None:
    with _member(one) as a, _member(two) as b:
        a.send("!room from one")
        assert [a.recv(PATIENCE), b.recv(PATIENCE)] == ["from one"] * 2
        b.send("!except é" + "x" * 100000)
        assert a.recv(PATIENCE) == "é" + "x" * 100000
        for i in range(200):
            a.send(f"!room {i}")
        assert [b.recv(PATIENCE) for _ in range(200)] == [str(i) for i in range(200)]
        with pytest.raises(TimeoutError):
            b.recv(0.05)


def test_relay() -> None:
    relay = Relay()
    with _two(f"nats://127.0.0.1:{relay.port}") as (one, two):
        relay.subscribed.acquire(timeout=PATIENCE)
        relay.subscribed.acquire(timeout=PATIENCE)
        _exchange(one, two)
        relay.drop_clients()
        one.wait_err("broker connection lost")
        with _member(one) as a:
            a.send("!room local")
            assert a.recv(PATIENCE) == "local"
        for _ in range(2):
            assert relay.subscribed.acquire(timeout=PATIENCE)
        _exchange(one, two)


def test_without_a_broker_rooms_are_local() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f"redis://127.0.0.1:{port}", "http://x"):
        with running("ws_server", MESH_BROKER_URL=url) as server, _member(server) as member:
            member.send("!room local")
            assert member.recv(PATIENCE) == "local"


@pytest.mark.parametrize(("program", "scheme", "options"), [("redis-server", "redis", ["--save", "", "--port"]), ("nats-server", "nats", ["-p"])])
def test_real_brokers(program: str, scheme: str, options: list[str]) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    broker = subprocess.Popen([program, *options, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with _two(f"{scheme}://127.0.0.1:{port}") as (one, two):
            time.sleep(0.3)  # the subscriptions have no answer that could be waited for
            _exchange(one, two)
    finally:
        broker.kill()
        broker.wait()
