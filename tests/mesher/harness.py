"""What the scenarios use: a running Mesher with its database, and clients of every kind."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from embedded_postgres import free_port
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
RECEIVE_SECONDS = 2.0
ROW_SECONDS = 10.0
READY_SECONDS = 20.0


def wait_for(condition: Callable[[], Any], seconds: float = ROW_SECONDS, what: str = "condition") -> Any:
    """The first true value of `condition`, asked again until `seconds` are over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: still {value!r} after {seconds} s")
        time.sleep(0.02)


class Project:
    def __init__(self, project_id: str, key: str) -> None:
        self.id = project_id
        self.key = key


class Database:
    """One database, seen from outside Mesher."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection | None = None

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        if self._connection is None or self._connection.broken:
            self._connection = psycopg.connect(self.url, autocommit=True)
        cursor = self._connection.execute(sql, params)
        return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *params: Any) -> Any:
        return self.query(sql, *params)[0][0]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def issues(self, project: Project) -> list[dict[str, Any]]:
        columns = ["id", "title", "level", "status", "event_count", "fingerprint", "first_seen", "last_seen", "assigned_to"]
        rows = self.query(
            f"SELECT id::text, {', '.join(columns[1:-1])}, assigned_to::text FROM issues WHERE project_id = %s ORDER BY first_seen",
            project.id,
        )
        return [dict(zip(columns, row)) for row in rows]

    def issue(self, project: Project) -> dict[str, Any]:
        issues = self.issues(project)
        assert len(issues) == 1, issues
        return issues[0]

    def event_count(self, project: Project) -> int:
        return self.value("SELECT count(*) FROM events WHERE project_id = %s", project.id)

    def wait_events(self, project: Project, count: int, seconds: float = ROW_SECONDS) -> None:
        wait_for(lambda: self.event_count(project) == count, seconds, f"{count} event rows")

    def seed(self) -> tuple[Project, Project]:
        org = self.value("INSERT INTO organizations(name, slug) VALUES ('Acme', 'acme') RETURNING id")
        projects = []
        for name, key in (("shop", "mshr_p"), ("blog", "mshr_q")):
            project_id = self.value(
                "INSERT INTO projects(org_id, name, platform) VALUES (%s, %s, 'web') RETURNING id::text", org, name
            )
            self.query("INSERT INTO api_keys(project_id, key_value) VALUES (%s, %s)", project_id, key)
            projects.append(Project(project_id, key))
        self.query(
            "INSERT INTO api_keys(project_id, key_value, revoked_at) VALUES (%s, 'mshr_dead', now())", projects[0].id
        )
        return projects[0], projects[1]


class Dashboard:
    """A WebSocket client that reads all the time."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.socket: ClientConnection = connect(
            url, additional_headers=headers, compression=None, max_size=None, max_queue=None, proxy=None
        )

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def text(self, seconds: float = RECEIVE_SECONDS) -> str:
        message = self.socket.recv(timeout=seconds)
        assert isinstance(message, str)
        return message

    def frame(self, seconds: float = RECEIVE_SECONDS) -> dict[str, Any]:
        return json.loads(self.text(seconds))

    def of_type(self, *wanted: str, seconds: float = RECEIVE_SECONDS) -> dict[str, Any]:
        """The next frame of one of the types; others are skipped."""
        while True:
            frame = self.frame(seconds)
            if frame.get("type") in wanted:
                return frame

    def until(self, last: Callable[[dict[str, Any]], bool], seconds: float = RECEIVE_SECONDS) -> list[dict[str, Any]]:
        """All frames up to the one that `last` accepts, which is the final element."""
        frames = []
        while True:
            frames.append(self.frame(seconds))
            if last(frames[-1]):
                return frames

    def subscribe(self, **filters: str) -> None:
        self.send({"type": "subscribe", "filters": filters})
        assert self.of_type("filters_updated") == {"type": "filters_updated"}

    def close_code(self, seconds: float = RECEIVE_SECONDS) -> tuple[int, str]:
        """Waits for the server to close; data before that fails."""
        try:
            message = self.socket.recv(timeout=seconds)
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "connection lost without a close frame"
            return closed.rcvd.code, closed.rcvd.reason
        raise AssertionError(f"a frame instead of a close: {message!r}")

    def close(self) -> None:
        self.socket.close()


class RawSocket:
    """A WebSocket client frame by frame, for what a library does not let one do."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(RECEIVE_SECONDS)
        self.socket.connect(("127.0.0.1", port))
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: test",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._stream = self.socket.makefile("rb")
        status = self._stream.readline()
        assert b" 101 " in status, status
        while self._stream.readline() not in (b"\r\n", b""):
            pass

    def send_frame(self, opcode: int, payload: bytes, *, fin: bool = True, reserved: int = 0, masked: bool = True) -> None:
        first = (0x80 if fin else 0) | reserved << 4 | opcode
        bit = 0x80 if masked else 0
        if len(payload) < 126:
            head = struct.pack("!BB", first, bit | len(payload))
        elif len(payload) < 65536:
            head = struct.pack("!BBH", first, bit | 126, len(payload))
        else:
            head = struct.pack("!BBQ", first, bit | 127, len(payload))
        self.socket.sendall(head + (bytes(4) if masked else b"") + payload)  # a mask of zeros changes nothing

    def frame(self) -> tuple[int, bytes] | None:
        """Opcode and payload; None at the end of the connection."""
        head = self._stream.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._stream.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._stream.read(8))
        return head[0] & 0x0F, self._stream.read(length)

    def json(self) -> dict[str, Any]:
        while True:
            frame = self.frame()
            assert frame is not None, "connection ended"
            if frame[0] == 1:
                return json.loads(frame[1])

    def close_code(self) -> int | None:
        """The code of the server's close frame; None when the connection ended without one."""
        while (frame := self.frame()) is not None:
            if frame[0] == 8:
                return struct.unpack("!H", frame[1][:2])[0]
        return None

    def kill(self) -> None:
        """Ends the TCP connection by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream.close()
        self.socket.close()


class Mesher:
    """The binary, started on a database; stopped at the end of the test."""

    def __init__(self, binary: Path, database: Database, environment: dict[str, str] | None = None) -> None:
        self.database = database
        self.http_port = free_port()
        self.ws_port = free_port()
        kept = {name: value for name, value in os.environ.items() if not re.match("MESHER_|DATABASE_URL$|PORT$", name)}
        self.process = subprocess.Popen(
            [str(binary)],
            env={
                **kept,
                "MESHER_DATABASE_URL": database.url,
                "MESHER_HTTP_PORT": str(self.http_port),
                "MESHER_WS_PORT": str(self.ws_port),
                "MESHER_FLUSH_INTERVAL_MS": "200",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._collect, args=(self.process.stdout, self.lines), daemon=True),
            threading.Thread(target=self._collect, args=(self.process.stderr, self.errors), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.http_port}", timeout=15, trust_env=False)
        self._open: list[Dashboard | RawSocket] = []

    @staticmethod
    def _collect(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    def wait_ready(self) -> Mesher:
        def ready() -> bool:
            assert self.process.poll() is None, f"Mesher ended: {self.lines} {self.errors}"
            try:
                # 401: Mesher runs with an admin token
                return self.client.get(f"/api/v1/projects/{uuid.uuid4()}/issues").status_code in (200, 401)
            except httpx.TransportError:
                return False

        try:
            wait_for(ready, READY_SECONDS, "Mesher ready")
        except AssertionError as problem:
            self.kill()
            raise AssertionError(f"{problem}\nstdout: {self.lines}\nstderr: {self.errors}") from None
        return self

    def wait_line(self, text: str, seconds: float = ROW_SECONDS, count: int = 1) -> None:
        wait_for(lambda: sum(text in line for line in self.lines) >= count, seconds, f"line {text!r}")

    def join_output(self) -> None:
        for reader in self._readers:
            reader.join(5)

    def stop(self, seconds: float = 15) -> int:
        """Asks for the graceful stop; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        self.join_output()
        return status

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        for client in self._open:
            try:
                client.socket.close()
            except OSError:
                pass
        self.client.close()
        if self.process.poll() is None:
            self.kill()
        assert not any("runtime error" in line or "AddressSanitizer" in line for line in self.errors), self.errors

    # --- HTTP ---

    def post(self, body: Any, key: str | None, path: str = "/api/v1/events") -> httpx.Response:
        content = body if isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {} if key is None else {"x-sentry-auth": key}
        return self.client.post(path, content=content, headers=headers)

    def accept(self, body: Any, project: Project) -> None:
        reply = self.post(body, project.key)
        assert (reply.status_code, reply.text) == (202, '{"status":"accepted"}')

    def bulk(self, body: Any, project: Project) -> httpx.Response:
        return self.post(body, project.key, "/api/v1/events/bulk")

    def act(self, issue_id: str, action: str, body: str = "") -> httpx.Response:
        return self.client.post(f"/api/v1/issues/{issue_id}/{action}", content=body)

    def listed(self, project: Project) -> list[dict[str, Any]]:
        reply = self.client.get(f"/api/v1/projects/{project.id}/issues")
        assert reply.status_code == 200, reply.text
        return reply.json()

    # --- WebSocket ---

    def ws_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.ws_port}{path}"

    def socket(self, path: str, headers: dict[str, str] | None = None) -> Dashboard:
        client = Dashboard(self.ws_url(path), headers)
        self._open.append(client)
        return client

    def dashboard(self, project: Project) -> Dashboard:
        """A dashboard that Mesher knows: the answer to a first subscribe has arrived."""
        client = self.socket(f"/stream/projects/{project.id}")
        client.subscribe()
        return client

    def sdk(self, key: str) -> Dashboard:
        return self.socket("/ingest", {"x-sentry-auth": key})

    def raw(self, path: str, headers: dict[str, str] | None = None, receive_buffer: int = 0) -> RawSocket:
        client = RawSocket(self.ws_port, path, headers, receive_buffer)
        self._open.append(client)
        return client


@contextmanager
def running(binary: Path, database: Database, **environment: str) -> Iterator[Mesher]:
    mesher = Mesher(binary, database, environment)
    try:
        yield mesher.wait_ready()
    finally:
        mesher.close()
