"""The WebSocket server: frames byte for byte (ws.txt), the handshake, rooms, slow clients, order, the end."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest
from serving import PATIENCE, Running, read_all, read_some, run, running, wait_until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

# connections outlive the functions that open them
pytestmark = pytest.mark.filterwarnings("ignore:connect:DeprecationWarning")

FILE = Path(__file__).parent / "ws.txt"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def _request(path: str = "/x", **changes: str | None) -> bytes:
    headers = {"Host": "x", "Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    for name, value in changes.items():
        headers[name.replace("_", "-")] = value
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def _open(server: Running, path: str = "/x") -> socket.socket:
    connection = server.connect()
    connection.sendall(_request(path))
    assert read_some(connection, len(SWITCHED)) == SWITCHED
    return connection


def _frame(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2) if size < 65536 else b"\xff" + size.to_bytes(8)
    return b"\x81" + length + b"\0\0\0\0" + data


def _blocks() -> list[tuple[str, list[str]]]:
    blocks: list[tuple[str, list[str]]] = []
    for line in FILE.read_text().split("\n"):
        if line.startswith("#") or not line:
            continue
        if line[0] in "<>" or line == "closed" or line.startswith("prints "):
            blocks[-1][1].append(line)
        else:
            blocks.append((line, []))
    return blocks


@pytest.mark.parametrize(("name", "lines"), _blocks(), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("pieces", ["whole", "byte by byte"])
def test_frames(ws_server: Running, name: str, lines: list[str], pieces: str) -> None:
    printed = [line.removeprefix("prints ") for line in lines if line.startswith("prints ")]
    before = [ws_server.out.count(text) for text in printed]
    with _open(ws_server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in lines:
            data = bytes.fromhex(line[2:]) if line[0] in "<>" else b""
            if line[0] == "<":
                assert read_some(connection, len(data)).hex() == data.hex()
            elif line == "closed":
                assert read_all(connection) == b""
            elif pieces == "whole":
                connection.sendall(data)
            else:
                for k in range(len(data)):
                    connection.sendall(data[k : k + 1])
    for text, count in zip(printed, before, strict=True):
        ws_server.wait(ws_server.out, lambda out, t=text, c=count: out.count(t) > c, text)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Upgrade": None}, "missing or invalid Upgrade header"),
        ({"Connection": "keep-alive"}, "missing or invalid Connection header"),
        ({"Sec-WebSocket-Key": None}, "missing Sec-WebSocket-Key header"),
        ({"Sec-WebSocket-Version": "8"}, "missing or invalid Sec-WebSocket-Version (must be 13)"),
    ],
)
def test_refused_handshakes(ws_server: Running, changes: dict[str, str | None], reason: str) -> None:
    with ws_server.connect() as connection:
        connection.sendall(_request(**changes))
        body = f"Bad Request: {reason}"
        extra = "Sec-WebSocket-Version: 13\r\n" if "Version" in reason else ""
        assert read_all(connection).decode() == (
            f"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n{body}"
        )


def test_other_requests(ws_server: Running) -> None:
    for sent, status in [(_request().replace(b"GET", b"POST"), b"400"), (b"nonsense\r\n\r\n", b"400"), (b"GET /" + b"x" * 9000, b"414")]:
        with ws_server.connect() as connection:
            connection.sendall(sent)
            assert read_all(connection).split(b" ")[1] == status


def test_frames_behind_the_handshake_are_kept(ws_server: Running) -> None:
    with ws_server.connect() as connection:
        connection.sendall(_request("/slow") + _frame("one") + _frame("two"))
        assert read_some(connection, len(SWITCHED) + 10) == SWITCHED + b"\x81\x03one\x81\x03two"


def test_accept_and_reject(ws_server: Running) -> None:
    with _open(ws_server, "/reject") as connection:
        assert read_some(connection, 12).hex() == "880a03f072656a6563746564"
        connection.sendall(bytes.fromhex("88820000000003f0"))
        assert read_all(connection) == b""
    with _open(ws_server, "/crash") as connection:
        assert read_some(connection, 18).hex() == "881003f3696e7465726e616c206572726f72"
    with connect(f"ws://127.0.0.1:{ws_server.port()}/headers", additional_headers={"X-Key": "k"}) as client:
        assert client.recv(PATIENCE) == "kk"


def _members(server: Running, count: int, path: str = "/room") -> list[ClientConnection]:
    members = [connect(f"ws://127.0.0.1:{server.port()}{path}", max_size=None) for _ in range(count)]
    for member in members:
        member.send("here")
        assert member.recv(PATIENCE) == "here"  # it has joined
    return members


def test_rooms() -> None:
    with running("ws_server") as server:
        server.wait_out("-1 -1 -1 -1 0 0")
        first, second, third = _members(server, 3)
        other = _members(server, 1, "/other")[0]
        first.send("!room news")
        assert [m.recv(PATIENCE) for m in (first, second, third)] == ["news"] * 3
        second.send("!except others")
        assert [m.recv(PATIENCE) for m in (first, third)] == ["others"] * 2
        third.send("!leave")
        server.wait_out("left 0")
        first.send("!room two")
        assert [m.recv(PATIENCE) for m in (first, second)] == ["two"] * 2
        other.send("!join /room")
        other.send("!join /room")
        server.wait_out("joined 0", 2)
        first.send("!room three")
        assert [m.recv(PATIENCE) for m in (first, second, other)] == ["three"] * 3
        second.close()
        server.wait_out("closed 1000 |-1 -1")
        first.send("!room four")
        assert [m.recv(PATIENCE) for m in (first, other)] == ["four"] * 2
        server.wait_out("failures 0", 5)
        for member in (first, second, third, other):
            with pytest.raises(TimeoutError if member is not second else ConnectionClosed):
                member.recv(0.05)
            member.close()


def test_order_and_bursts(ws_server: Running) -> None:
    with connect(f"ws://127.0.0.1:{ws_server.port()}/burst") as client:
        client.send("!burst 5000")
        assert [client.recv(PATIENCE) for _ in range(5000)] == [str(i) for i in range(5000)]
        for i in range(500):
            client.send(f"m{i}")
        assert [client.recv(PATIENCE) for _ in range(500)] == [f"m{i}" for i in range(500)]


def test_a_slow_callback_delays_no_pong(ws_server: Running) -> None:
    with connect(f"ws://127.0.0.1:{ws_server.port()}/x") as client:
        client.send("!slow")
        start = time.monotonic()
        assert client.ping().wait(PATIENCE)
        assert time.monotonic() - start < 0.25
        client.send("after")
        assert client.recv(PATIENCE) == "after"


def test_large_messages(ws_server: Running) -> None:
    text = "é" * (8 * 1024 * 1024)  # 16 MiB, the most
    with connect(f"ws://127.0.0.1:{ws_server.port()}/x", max_size=None) as client:
        client.send(text)
        assert client.recv(30) == text
        client.send([text[:4000000], text[4000000:], "x"])
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(30)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


def test_slow_clients_block_nobody_and_try_send_refuses(ws_server: Running) -> None:
    stalled = _open(ws_server, "/stalled")
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.sendall(_frame("!try 2000 10000"))
    ws_server.wait(ws_server.out, lambda out: any(_split(line) for line in out), "some refused")
    taken, refused = next(_split(line) for line in ws_server.out if _split(line))
    assert taken + refused == 2000 and refused > 0 and taken * 10000 < 16 * 1024 * 1024
    with connect(f"ws://127.0.0.1:{ws_server.port()}/x") as client:
        client.send("still here")
        assert client.recv(PATIENCE) == "still here"
    received = read_some(stalled, taken * (10000 + 4))
    assert len(received) == taken * 10004
    stalled.close()


def _split(line: str) -> tuple[int, int] | None:
    words = line.split(" ")
    return (int(words[0]), int(words[1])) if len(words) == 2 and all(w.isdigit() for w in words) else None


def test_a_broadcast_to_a_stalled_member_is_a_failure() -> None:
    with running("ws_server") as server:
        stalled = _open(server, "/room")
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader = _members(server, 1)[0]
        text = "x" * 100000
        sent = 0
        while not any(line == "failures 1" for line in server.out):
            reader.send(f"!room {text}")
            assert reader.recv(PATIENCE) == text
            sent += 1
            assert sent < 400, "the stalled member took 40 MB"
        reader.send("!room end")
        assert reader.recv(PATIENCE) == "end"
        stalled.close()
        reader.close()


def test_the_connection_is_lost(ws_server: Running) -> None:
    before = ws_server.out.count("closed 1006 |-1 -1")
    connection = _open(ws_server)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    wait_until(lambda: ws_server.out.count("closed 1006 |-1 -1") > before, "on_close with 1006")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_graceful_stop(number: int, status: int) -> None:
    with running("ws_server") as server:
        client = _members(server, 1)[0]
        server.process.send_signal(number)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(PATIENCE)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        assert server.process.wait(PATIENCE) == status
        server.wait_out("closed 1001 |-1 -1")


def test_callback_forms() -> None:
    with running("ws_forms") as server:
        for number in range(3):
            with connect(f"ws://127.0.0.1:{server.port(number)}/") as client:
                client.send("hi")
                assert client.recv(PATIENCE) == f"{number} hi"
        server.wait_out("gone", 3)


def test_main_may_end_with_an_open_listener() -> None:
    with running("ws_server") as server:
        server.port()
        time.sleep(0.2)
        assert server.process.poll() is None


def test_literal_connections() -> None:
    assert run("ws_literals").stdout == "-1 -1 -1 -1 0 0\n"


@pytest.mark.parametrize("text", ["wait", "return"])
def test_an_exit_signal_closes_with_1001(text: str) -> None:
    with running("linked") as server:
        client = connect(f"ws://127.0.0.1:{server.port()}/")
        client.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(PATIENCE)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        server.wait_out("closed 1001 |-1")
