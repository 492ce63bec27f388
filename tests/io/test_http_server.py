"""The HTTP server, byte for byte (http.txt), and what needs time, size or several connections."""

from __future__ import annotations

import ast
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from serving import PATIENCE, Running, read_all, read_some, run, running

FILE = Path(__file__).parent / "http.txt"


def _blocks() -> list[tuple[str, list[str]]]:
    blocks: list[tuple[str, list[str]]] = []
    for line in FILE.read_text().split("\n"):
        if line.startswith("#") or not line:
            continue
        if line[0] in "<>" or line == "closed":
            blocks[-1][1].append(line)
        else:
            blocks.append((line, []))
    return blocks


def _bytes(line: str) -> bytes:
    if line[1:2] == line[0]:
        text = line[2:].removeprefix(" ")
        return ast.literal_eval("b'" + text.replace("'", "\\'") + "'")
    return line[1:].removeprefix(" ").encode() + b"\r\n"


@pytest.mark.parametrize(("name", "lines"), _blocks(), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("pieces", ["whole", "byte by byte"])
def test_exchange(http_server: Running, name: str, lines: list[str], pieces: str) -> None:
    with http_server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        i = 0
        while i < len(lines) and lines[i] != "closed":
            kind = lines[i][0]
            data = b""
            while i < len(lines) and lines[i][0] == kind and lines[i] != "closed":
                data += _bytes(lines[i])
                i += 1
            if kind == "<":
                assert read_some(connection, len(data)) == data
            elif pieces == "whole":
                connection.sendall(data)
            else:
                for k in range(len(data)):
                    connection.sendall(data[k : k + 1])
        if lines[-1] == "closed":
            assert read_all(connection) == b""


def test_limits(http_server: Running) -> None:
    cases = [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 101 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 99 + b"Connection: close\r\n\r\n", b"200"),
    ]
    for sent, status in cases:
        with http_server.connect() as connection:
            connection.sendall(sent)
            assert read_all(connection).split(b" ")[1] == status


def test_large_bodies(http_server: Running) -> None:
    body = bytes(range(256)) * 40000  # 10 MB
    with httpx.Client(base_url=f"http://127.0.0.1:{http_server.port()}", timeout=30) as client:
        assert client.post("/echo", content=body).content == body
        assert client.post("/echo", content=iter([body[:100000], body[100000:]])).content == body  # chunked
        assert client.get("/u/me").text == "A"


def test_chunked_body_over_the_limit(http_server: Running) -> None:
    with http_server.connect() as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        try:
            for _ in range(17):
                connection.sendall(chunk)
        except OSError:
            pass
        connection.settimeout(PATIENCE)
        assert connection.recv(100).split(b" ")[1] == b"413"


def test_many_pipelined_requests(http_server: Running) -> None:
    count = 600
    with http_server.connect() as connection:
        connection.sendall(b"GET /u/me HTTP/1.1\r\n\r\n" * count + b"GET /d HTTP/1.1\r\nConnection: close\r\n\r\n")
        replies = read_all(connection).split(b"HTTP/1.1 200 OK")[1:]
    assert len(replies) == count + 1
    assert all(reply.endswith(b"\r\nA") for reply in replies[:-1]) and replies[-1].endswith(b"\r\nF")


def test_a_connection_ends_after_1000_requests(http_server: Running) -> None:
    with http_server.connect() as connection:
        connection.sendall(b"GET /u/me HTTP/1.1\r\n\r\n" * 1001)
        replies = read_all(connection).split(b"HTTP/1.1 200 OK")[1:]
    assert len(replies) == 1000 and b"Connection: close" in replies[-1]


def test_slow_handlers_delay_nobody(http_server: Running) -> None:
    slow = [http_server.connect() for _ in range(20)]
    start = time.monotonic()
    for connection in slow:
        connection.sendall(b"GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n")
    with http_server.connect() as connection:
        connection.sendall(b"GET /u/me HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert read_all(connection).endswith(b"A")
        assert time.monotonic() - start < 0.15
    for connection in slow:
        assert read_all(connection).endswith(b"slow")
        connection.close()
    assert time.monotonic() - start < 1.5


def test_silent_and_vanishing_clients(http_server: Running) -> None:
    idle = [http_server.connect() for _ in range(200)]
    for i in range(50):
        with http_server.connect() as connection:
            connection.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"[: 5 + i])
    with http_server.connect() as connection:
        connection.sendall(b"GET /u/me HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert read_all(connection).endswith(b"A")
    for connection in idle:
        connection.close()


def test_half_closed_client_gets_its_reply(http_server: Running) -> None:
    with http_server.connect() as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).endswith(b"slow")


def test_middleware() -> None:
    with running("middleware") as program, httpx.Client(base_url=f"http://127.0.0.1:{program.port()}") as client:
        assert client.get("/x").text == "x"
        program.wait_out("m1 after")
        assert program.out == ["m1 before", "stamp /x", "handler", "m1 after"]
        secret = client.get("/secret")
        assert (secret.status_code, secret.text) == (401, "no")
        missing = client.get("/nothing")
        assert (missing.status_code, missing.text) == (404, "Not Found")
        program.wait_out("stamp /nothing")
        assert client.get("/panic").status_code == 500
        assert client.get("/x").status_code == 200


def test_without_middleware_no_route_is_404() -> None:
    with running("quiet") as program, program.connect() as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert read_all(connection) == (
            b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 9\r\n"
            b"Connection: close\r\n\r\nNot Found"
        )


def test_servers_on_a_taken_port_return() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        done = run("taken_port", str(port))
    assert done.stdout == "returned\n" and done.returncode == 0
    assert done.stderr.splitlines() == [
        f"[mesh-rt] Failed to start WebSocket server on [::]:{port}: Address already in use",
        f"[mesh-rt] Failed to start HTTP server on [::]:{port}: Address already in use",
    ]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_graceful_stop(number: int, status: int) -> None:
    with running("http_server") as program:
        busy, idle = program.connect(), program.connect()
        busy.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
        idle.sendall(b"GET /u/me HTTP/1.1\r\n\r\n")
        assert idle.recv(1000).endswith(b"A")
        time.sleep(0.05)  # the slow request is under way
        program.process.send_signal(number)
        reply = read_all(busy)
        assert reply.endswith(b"slow")
        assert read_all(idle) == b""
        assert program.process.wait(PATIENCE) == status
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", program.port()), timeout=1)


def test_an_exit_signal_to_a_handler_is_500() -> None:
    with running("linked") as program, program.connect(1) as connection:
        connection.sendall(b"GET /linked HTTP/1.1\r\n\r\n")
        reply = read_all(connection)
        assert reply.startswith(b"HTTP/1.1 500 ") and reply.endswith(b"Internal Server Error")
        assert httpx.get(f"http://127.0.0.1:{program.port(1)}/ok").text == "ok"
