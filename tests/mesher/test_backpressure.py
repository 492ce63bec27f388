"""A36 and A37: a dashboard that does not read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Dashboard, Database, Mesher, Project, RawSocket

EVENTS = 400
PAD = "x" * 65536


class Collector:
    """Reads a dashboard in the background, as fast as it can."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.frames: list[dict[str, Any]] = []
        self._dashboard = dashboard
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                self.frames.append(self._dashboard.frame(60))
        except Exception:
            return

    def sequence(self) -> list[int]:
        return [frame["data"]["extra"]["seq"] for frame in list(self.frames) if frame["type"] == "event"]

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + 10
        while len(self.sequence()) < count and time.monotonic() < deadline:
            time.sleep(0.02)


def post(mesher: Mesher, project: Project, seq: int) -> None:
    reply = mesher.post({"message": "flood", "extra": {"seq": seq, "pad": PAD}}, project.key)
    assert reply.status_code == 202 and reply.elapsed.total_seconds() < 2


@pytest.fixture
def flooded(mesher: Mesher, p: Project) -> Iterator[tuple[Mesher, RawSocket, Collector]]:
    """A stalled and a reading dashboard after 400 events of 64 KiB."""
    stalled = mesher.raw(f"/stream/projects/{p.id}", receive_buffer=4096)
    stalled.send_frame(1, b"{}")
    assert stalled.json() == {"type": "filters_updated"}
    fast = Collector(mesher.dashboard(p))
    for seq in range(1, EVENTS + 1):
        post(mesher, p, seq)
    yield mesher, stalled, fast


def test_a36_slow_client(flooded: tuple[Mesher, RawSocket, Collector], p: Project) -> None:
    mesher, stalled, fast = flooded
    fast.wait(EVENTS)
    assert fast.sequence() == list(range(1, EVENTS + 1))

    stalled.socket.settimeout(5)
    got: list[int] = []
    while not got or got[-1] != EVENTS:
        frame = stalled.json()
        if frame["type"] == "event":
            got.append(frame["data"]["extra"]["seq"])
    assert got == sorted(set(got)) and got[0] == 1 and len(got) < EVENTS
    gaps = [index for index, (a, b) in enumerate(zip(got, got[1:])) if b != a + 1]
    assert len(gaps) == 1, "drop-oldest leaves one gap"
    assert len(got) - (gaps[0] + 1) <= 100

    post(mesher, p, EVENTS + 1)
    while (frame := stalled.json())["type"] != "event":
        pass
    assert frame["data"]["extra"]["seq"] == EVENTS + 1


def test_a37_slow_client_and_resolve(flooded: tuple[Mesher, RawSocket, Collector], database: Database, p: Project) -> None:
    mesher, _stalled, fast = flooded
    reply = mesher.act(database.issue(p)["id"], "resolve")
    assert reply.json() == {"status": "ok", "affected": 1} and reply.elapsed.total_seconds() < 2
    deadline = time.monotonic() + 2
    while not any(frame.get("action") == "resolved" for frame in list(fast.frames)):
        assert time.monotonic() < deadline, "the reading dashboard was not told"
        time.sleep(0.02)
