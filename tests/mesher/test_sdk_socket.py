"""A38 to A41: events over a WebSocket."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from harness import Database, Mesher, Project

ACCEPTED = {"status": "accepted"}
MIB = 1_048_576


def sized(bytes_in_all: int) -> str:
    head = '{"message":"big","extra":{"pad":"'
    return head + "x" * (bytes_in_all - len(head) - 3) + '"}}'


def test_a38_ingest(mesher: Mesher, database: Database, p: Project) -> None:
    dashboard, sdk = mesher.dashboard(p), mesher.sdk(p.key)
    for message in ("one", "two"):
        sdk.send({"message": message})
        assert sdk.text() == '{"status":"accepted"}'
    for message, count in (("one", 1), ("two", 2)):
        assert dashboard.of_type("event")["data"] == {"message": message}
        assert dashboard.frame() == {"type": "issue_count", "project_id": p.id, "count": count}
    database.wait_events(p, 2)
    assert len(database.issues(p)) == 2
    # Not in the room: the answer is the only frame.
    sdk.send({"message": "three"})
    assert sdk.frame() == ACCEPTED


def test_pipelined_messages_are_answered_in_order(mesher: Mesher, p: Project) -> None:
    sdk = mesher.sdk(p.key)
    for n in range(40):
        sdk.send({"message": f"m{n}"} if n % 2 == 0 else {"message": ""})
    replies = [sdk.frame() for _ in range(40)]
    assert replies == [ACCEPTED, {"error": "missing required field: message"}] * 20


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/ingest", {}),
        ("/ingest", {"x-sentry-auth": "mshr_bad"}),
        ("/ingest", {"Authorization": "Bearer mshr_dead"}),
        ("/", {}),
        ("/stream/projects/", {"x-sentry-auth": "mshr_p"}),
    ],
)
def test_a39_rejected(mesher: Mesher, database: Database, path: str, headers: dict[str, str]) -> None:
    socket = mesher.raw(path, headers)
    socket.send_frame(1, b'{"message":"x"}')
    frame = socket.frame()
    assert frame is not None and frame == (8, b"\x03\xf0rejected")
    assert database.value("SELECT count(*) FROM issues") == 0


def test_a39_other_ways_to_send_a_key(mesher: Mesher) -> None:
    for path, headers in (
        ("/ingest", {"Authorization": "Bearer mshr_p"}), ("/anything", {"X-Sentry-Auth": "mshr_p"}), ("/ingest?api_key=mshr_p", {}),
    ):
        sdk = mesher.socket(path, headers)
        sdk.send({"message": "x"})
        assert sdk.frame() == ACCEPTED


def test_a40_errors(mesher: Mesher, p: Project) -> None:
    sdk = mesher.sdk(p.key)
    for message, reply in (
        ("nope", {"error": "invalid json"}),
        ('{"level":"error"}', {"error": "missing required field: message"}),
        ('{"message":"x","level":"nope"}', {"error": "invalid level: must be fatal, error, warning, info, or debug"}),
        (sized(MIB + 1), {"error": "payload too large"}),
        (json.dumps({"message": "fine"}), ACCEPTED),
        (sized(MIB), ACCEPTED),
    ):
        sdk.send(message)
        assert sdk.frame() == reply


def test_a41_rate(start: Callable[..., Mesher], p: Project) -> None:
    mesher = start(MESHER_RATE_LIMIT_MAX_EVENTS="2")
    sdk = mesher.sdk(p.key)
    for reply in (ACCEPTED, ACCEPTED, {"error": "rate limited"}):
        sdk.send({"message": "x"})
        assert sdk.frame() == reply
    assert mesher.post({"message": "x"}, p.key).status_code == 429
