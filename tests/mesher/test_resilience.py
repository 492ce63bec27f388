"""A45 and A47: hostile peers and a database that goes away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from embedded_postgres import EmbeddedPostgres, outside_url
from harness import Database, Mesher, Project, running, wait_for


def alive(mesher: Mesher, dashboard, project: Project, message: str) -> None:
    """HTTP works, and the dashboard that was there all the time hears of it."""
    assert mesher.process.poll() is None, mesher.errors
    mesher.accept({"message": message}, project)
    while dashboard.of_type("event")["data"]["message"] != message:
        pass


BAD_FRAMES = {
    "bad UTF-8": (1007, {"opcode": 1, "payload": b"\xff\xfe"}),
    "reserved bits": (1002, {"opcode": 1, "payload": b"{}", "reserved": 4}),
    "unknown opcode": (1002, {"opcode": 3, "payload": b"{}"}),
    "unmasked": (1002, {"opcode": 1, "payload": b"{}", "masked": False}),
    "stray continuation": (1002, {"opcode": 0, "payload": b"{}"}),
    "long ping": (1002, {"opcode": 9, "payload": b"x" * 126}),
    "bad close code": (1002, {"opcode": 8, "payload": b"\x03\xed"}),
}


def test_a45_bad_frames(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    for path, headers in ((f"/stream/projects/{p.id}", {}), ("/ingest", {"x-sentry-auth": p.key})):
        for name, (code, frame) in BAD_FRAMES.items():
            hostile = mesher.raw(path, headers)
            hostile.send_frame(**frame)
            assert hostile.close_code() == code, (path, name)
            hostile.kill()
    alive(mesher, dashboard, p, "still here")


def test_a45_seventeen_mebibytes(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    hostile = mesher.raw("/ingest", {"x-sentry-auth": p.key})
    try:
        hostile.send_frame(1, b"x" * (17 << 20))
    except OSError:
        pass  # refused before all of it was sent
    try:
        assert hostile.close_code() in (1009, None)
    except OSError:
        pass
    alive(mesher, dashboard, p, "still here")


def test_a45_half_sent_and_foreign_bytes(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    half_frame = mesher.raw(f"/stream/projects/{p.id}")
    half_frame.socket.sendall(b"\x81\xfe\xff")
    half_request = socket.create_connection(("127.0.0.1", mesher.http_port), 2)
    half_request.sendall(b"POST /api/v1/events HTTP/1.1\r\nContent-Length: 99\r\n\r\n{")
    tls = socket.create_connection(("127.0.0.1", mesher.http_port), 2)
    tls.sendall(bytes.fromhex("16030100a5010000a10303") + bytes(160))
    for port in (mesher.http_port, mesher.ws_port):
        with socket.create_connection(("127.0.0.1", port), 2) as junk:
            junk.sendall(b"\x00\xff\r\n\r\n")
    alive(mesher, dashboard, p, "still here")
    half_frame.kill()
    half_request.close()
    tls.close()
    alive(mesher, dashboard, p, "still here too")


def test_a45_deep_json(mesher: Mesher, p: Project) -> None:
    dashboard, sdk = mesher.dashboard(p), mesher.sdk(p.key)
    deep = '{"message":"deep","extra":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert mesher.post(deep, p.key).status_code in (202, 400)
    assert mesher.bulk(f"[{deep}]", p).status_code in (202, 400)
    sdk.send(deep)
    assert set(sdk.frame()) <= {"status", "error"}
    dashboard.send("[" * 100_000)
    assert dashboard.of_type("error")["message"] == "invalid subscribe message"
    alive(mesher, dashboard, p, "still here")


@pytest.mark.skipif(outside_url() is not None, reason="the database of the environment is not ours to stop")
def test_a47_database_outage(binary: Path, own_postgres: Callable[[], EmbeddedPostgres]) -> None:
    server = own_postgres()
    database = Database(server.ensure_database("outage"))
    with running(binary, database, MESHER_FLUSH_INTERVAL_MS="60000", MESHER_HEALTH_INTERVAL_MS="500") as mesher:
        p, _ = database.seed()
        database.close()
        dashboard = mesher.dashboard(p)
        mesher.accept({"message": "before"}, p)
        dashboard.of_type("event")
        server.stop()

        end = time.monotonic() + 5
        while time.monotonic() < end:
            begin = time.monotonic()
            reply = mesher.post({"message": "down"}, p.key)
            assert reply.status_code in (400, 500, 503) and "error" in reply.json()
            assert time.monotonic() - begin < 12

        server.start()

        def accepted() -> bool:
            try:
                return mesher.post({"message": "after"}, p.key).status_code == 202
            except httpx.TransportError:
                return False

        wait_for(accepted, 10, "accepted after the restart")
        assert dashboard.of_type("event")["data"] == {"message": "after"}
        assert mesher.stop() == 0
        stored = {message for (message,) in database.query("SELECT message FROM events")}
        dropped = any("[StorageWriter] Dropping batch of" in line for line in mesher.lines)
        assert "after" in stored and ("before" in stored or dropped)
    database.close()


def test_health_checker_restarts_what_is_gone(start: Callable[..., Mesher], p: Project) -> None:
    mesher = start(MESHER_HEALTH_INTERVAL_MS="100")
    mesher.wait_line("[Mesher] Health check: all services responsive", count=2)
    assert not any("restarting" in line for line in mesher.lines)
    mesher.accept({"message": "fine"}, p)
