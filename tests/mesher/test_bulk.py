"""A42 to A44: many events in one request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness import Database, Mesher, Project

LIMIT = 5_242_880


def sized(bytes_in_all: int) -> str:
    head = '[{"message":"big","extra":{"pad":"'
    return head + "x" * (bytes_in_all - len(head) - 4) + '"}}]'


def test_a42_bulk(mesher: Mesher, database: Database, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    events: list[dict[str, Any]] = [
        {"message": "one", "extra": {"big": 12345678901234567890}}, {"message": "two"}, {"message": "one", "level": "info"},
    ]
    reply = mesher.bulk(events, p)
    assert (reply.status_code, reply.text) == (202, '{"status":"accepted"}')
    assert [dashboard.frame()["data"] for _ in events] == events
    assert dashboard.frame() == {"type": "issue_count", "project_id": p.id, "count": 2}
    assert [dashboard.frame()["action"] for _ in range(2)] == ["new", "new"]
    database.wait_events(p, 3)
    assert sorted((issue["title"], issue["event_count"]) for issue in database.issues(p)) == [("one", 2), ("two", 1)]
    assert mesher.bulk({"events": [{"message": "wrapped"}]}, p).status_code == 202
    database.wait_events(p, 4)


def test_a43_limits(mesher: Mesher, database: Database, p: Project) -> None:
    def refused(body: Any, reason: str) -> None:
        reply = mesher.bulk(body, p)
        assert (reply.status_code, reply.json()) == (400, {"error": reason}), str(body)[:60]

    refused([{"message": "x"}] * 101, "too many events in bulk request (max 100)")
    for body in ("{}", '{"events":5}', "5", '"x"', "", "[", '[{"message":"x"},]', '[{"message":"x"}] tail'):
        refused(body, "invalid json")
    refused([{"message": "x"}, {"level": "error"}], "event 1: missing required field: message")
    refused([{"message": "x"}, {"message": "y", "level": "bad"}],
            "event 1: invalid level: must be fatal, error, warning, info, or debug")
    refused(sized(LIMIT + 1), "payload too large")
    assert mesher.bulk([1], p).status_code == 400
    reply = mesher.bulk("[]", p)
    assert (reply.status_code, reply.text) == (202, '{"status":"accepted"}')
    assert database.issues(p) == [] and database.event_count(p) == 0
    assert mesher.bulk(sized(LIMIT), p).status_code == 202
    database.wait_events(p, 1)
    assert mesher.bulk(json.dumps([{"message": "x"}] * 100), p).status_code == 202
    database.wait_events(p, 101)


def test_a44_rate(start: Callable[..., Mesher], p: Project) -> None:
    mesher = start(MESHER_RATE_LIMIT_MAX_EVENTS="5")
    statuses = [mesher.bulk([{"message": "x"}] * n, p).status_code for n in (3, 3, 2)]
    assert statuses == [202, 429, 202]
    assert mesher.bulk("[]", p).status_code == 202
    assert mesher.bulk("nope", p).status_code == 429
