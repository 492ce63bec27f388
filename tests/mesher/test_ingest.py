"""A04 to A18: what an SDK may post, and what becomes of it."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from harness import Database, Mesher, Project, wait_for

LEVEL_ERROR = "invalid level: must be fatal, error, warning, info, or debug"
MESSAGE_ERROR = "missing required field: message"


def nothing_stored(database: Database) -> bool:
    return database.value("SELECT count(*) FROM issues") == 0 and database.value("SELECT count(*) FROM events") == 0


def fingerprints(mesher: Mesher, project: Project, *events: dict[str, Any]) -> list[str]:
    for event in events:
        mesher.accept(event, project)
    return [issue["fingerprint"] for issue in mesher.database.issues(project)]


def test_a04_a05_accept_and_group(mesher: Mesher, database: Database, p: Project) -> None:
    event = {"message": "Boom", "level": "error"}
    reply = mesher.post(event, p.key)
    assert (reply.status_code, reply.text) == (202, '{"status":"accepted"}')
    issue = database.issue(p)
    assert (issue["title"], issue["level"], issue["status"], issue["event_count"], issue["fingerprint"]) == (
        "Boom", "error", "unresolved", 1, "msg:boom",
    )
    database.wait_events(p, 1)
    row = database.query("SELECT id::text, issue_id::text, tags, extra, exception, message FROM events")[0]
    assert row == (reply.headers["x-event-id"], issue["id"], {}, {}, None, "Boom")
    assert reply.headers["x-issue-id"] == issue["id"]

    for _ in range(2):
        mesher.accept(event, p)
    again = database.issue(p)
    assert (again["id"], again["event_count"]) == (issue["id"], 3)
    assert again["last_seen"] > again["first_seen"]
    database.wait_events(p, 3)


def test_a06_low_volume_flush(start: Callable[..., Mesher], database: Database, p: Project) -> None:
    mesher = start(MESHER_FLUSH_INTERVAL_MS="")  # the default
    mesher.accept({"message": "alone"}, p)
    database.wait_events(p, 1)


def test_a07_batch_flush_and_graceful_stop(start: Callable[..., Mesher], database: Database, p: Project) -> None:
    mesher = start(MESHER_FLUSH_INTERVAL_MS="60000")
    for n in range(50):
        mesher.accept({"message": f"event {n}"}, p)
    database.wait_events(p, 50, 5)
    mesher.accept({"message": "the 51st"}, p)
    buffered = wait_for(lambda: mesher.client.get("/api/v1/health").json()["events_buffered"])
    assert (buffered, database.event_count(p)) == (1, 50)
    assert mesher.stop() == 0
    assert database.event_count(p) == 51


def test_a08_unauthorized(mesher: Mesher, database: Database) -> None:
    event = {"message": "x"}
    replies = [
        mesher.post(event, None),
        mesher.post(event, ""),
        mesher.post(event, "mshr_unknown"),
        mesher.post(event, "mshr_dead"),
        mesher.post([event], None, "/api/v1/events/bulk"),
        mesher.post("{", None),
    ]
    assert {(reply.status_code, reply.text) for reply in replies} == {(401, '{"error":"unauthorized"}')}
    assert nothing_stored(database)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Sentry-Auth": "mshr_p"},
        {"x-sentry-auth": "mshr_p"},
        {"Authorization": "mshr_p"},
        {"Authorization": "Bearer mshr_p"},
        {"authorization": "bearer mshr_p"},
        {"X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=mshr_p, sentry_client=x/1"},
    ],
)
def test_a09_auth_headers(mesher: Mesher, headers: dict[str, str]) -> None:
    assert mesher.client.post("/api/v1/events", content='{"message":"x"}', headers=headers).status_code == 202


def test_a10_bad_json(mesher: Mesher, database: Database, p: Project) -> None:
    bodies: list[str | bytes] = [
        '{"message":', "", "nope", '{"message":"x"} tail', '{"message":"nul \\u0000"}',
        '{"message":"x","extra":{"deep":"\\\\\\u0000"}}', b'{"message":"\xff"}',
    ]
    for body in bodies:
        reply = mesher.post(body, p.key)
        assert (reply.status_code, reply.text) == (400, '{"error":"invalid json"}'), body
    assert nothing_stored(database)
    mesher.accept({"message": "good"}, p)
    mesher.accept('{"message":"not a nul: \\\\u0000"}', p)
    database.wait_events(p, 2)


def test_a11_validation(mesher: Mesher, database: Database, p: Project) -> None:
    mesher.accept({"message": "good"}, p)
    for body, reason in (
        ({"level": "error"}, MESSAGE_ERROR),
        ({"message": ""}, MESSAGE_ERROR),
        ({"message": None}, MESSAGE_ERROR),
        ({"message": 123}, MESSAGE_ERROR),
        ({"message": "x", "level": "nope"}, LEVEL_ERROR),
        ({"message": "x", "level": "ERROR"}, LEVEL_ERROR),
        ({"message": "x", "level": 5}, LEVEL_ERROR),
    ):
        reply = mesher.post(body, p.key)
        assert (reply.status_code, reply.json()) == (400, {"error": reason}), body
    assert mesher.post([1], p.key).status_code == 400
    assert mesher.post('"text"', p.key).status_code == 400
    database.wait_events(p, 1)
    assert len(database.issues(p)) == 1


def test_a12_default_level(mesher: Mesher, database: Database, p: Project) -> None:
    mesher.accept({"message": "no level"}, p)
    mesher.accept({"message": "null level", "level": None}, p)
    database.wait_events(p, 2)
    assert {issue["level"] for issue in database.issues(p)} == {"error"}
    assert database.query("SELECT DISTINCT level FROM events") == [("error",)]


def test_a13_size(mesher: Mesher, database: Database, p: Project) -> None:
    def body(size: int) -> str:
        text = '{"message":"big","extra":{"pad":"'
        return text + "x" * (size - len(text) - 3) + '"}}'

    assert mesher.post(body(1_048_576), p.key).status_code == 202
    too_large = (400, '{"error":"payload too large"}')
    for content in (body(1_048_577), json.dumps({"message": "é" * 600_000}, ensure_ascii=False)):
        reply = mesher.post(content.encode(), p.key)
        assert (reply.status_code, reply.text) == too_large
    database.wait_events(p, 1)
    assert database.value("SELECT length(extra->>'pad') FROM events") > 1_000_000


def test_a14_escaping(mesher: Mesher, p: Project) -> None:
    message = 'He said "hi" \\ 0x1F\né'
    dashboard = mesher.dashboard(p)
    mesher.accept({"message": message}, p)
    assert dashboard.of_type("event")["data"]["message"] == message
    assert [issue["title"] for issue in mesher.listed(p)] == [message]


def test_a15_fingerprints(mesher: Mesher, database: Database, p: Project) -> None:
    frames = [
        {"filename": "a.py", "function_name": "f", "lineno": 1, "colno": 2, "context_line": "x", "in_app": True},
        {"filename": "b.py", "function_name": "g", "lineno": 7},
    ]
    moved = [{**frame, "lineno": 99} for frame in frames]
    found = fingerprints(
        mesher, p,
        {"message": "custom", "fingerprint": "my Own-0x1"},
        {"message": "parts", "fingerprint": ["a", "b"]},
        {"message": "Boom", "stacktrace": frames},
        {"message": "boom", "stacktrace": moved},
        {"message": "x", "exception": {"type_name": "TypeError", "value": "Cannot read property 0xDEADBEEF"}},
        {"message": "Boom 0xABC  "},
        {"message": "\t\n boom ABC\r\f\v"},
        {"message": "frames", "stacktrace": [{"filename": "only.py"}, {"function_name": "h"}, {}]},
        {"message": "Fallback", "fingerprint": [], "stacktrace": [], "exception": {"value": "v"}},
        {"message": "wrong types", "fingerprint": 5, "stacktrace": "no", "exception": "no"},
    )
    assert found == [
        "my Own-0x1",
        '["a", "b"]',
        "a.py|f;b.py|g:boom",
        "TypeError:cannot read property deadbeef",
        "msg:boom abc",
        "only.py|;|h;|:frames",
        "msg:fallback",
        "msg:wrong types",
    ]
    counts = {issue["fingerprint"]: issue["event_count"] for issue in database.issues(p)}
    assert counts["a.py|f;b.py|g:boom"] == 2 and counts["msg:boom abc"] == 2


def test_a16a_long_message(mesher: Mesher, database: Database, p: Project) -> None:
    rng = random.Random(16)
    message = "".join(rng.choices(string.ascii_letters + string.digits, k=20_000))
    for _ in range(2):
        mesher.accept({"message": message}, p)
    issue = database.issue(p)
    assert (issue["event_count"], len(issue["fingerprint"]), issue["title"]) == (2, 500, message)
    full = "msg:" + message.lower().replace("0x", "")
    assert issue["fingerprint"] == database.value("SELECT left(%s, 467) || '#' || md5(%s)", full, full)
    database.wait_events(p, 2)


def test_a16_delimiters(mesher: Mesher, database: Database, p: Project) -> None:
    mesher.accept({"message": "a|||b", "fingerprint": "c|||d", "extra": {"e|||f": "g|||h"}}, p)
    database.wait_events(p, 1)
    assert database.query("SELECT message, fingerprint, extra FROM events") == [("a|||b", "c|||d", {"e|||f": "g|||h"})]


def test_event_columns(mesher: Mesher, database: Database, p: Project) -> None:
    event = {
        "message": "all", "level": "info", "exception": {"type_name": "E", "value": "v", "module_name": "m"},
        "stacktrace": [{"filename": "f"}], "breadcrumbs": [{"message": "b"}], "tags": {"env": "x"}, "extra": {"n": 1.5},
        "user_context": {"id": "7"}, "sdk_name": "py", "sdk_version": "2", "unknown": True,
    }
    mesher.accept(event, p)
    mesher.accept({"message": "nulls", **dict.fromkeys(["exception", "stacktrace", "tags", "extra", "sdk_name"])}, p)
    database.wait_events(p, 2)
    columns = "message, level, exception, stacktrace, breadcrumbs, tags, extra, user_context, sdk_name, sdk_version"
    assert database.query(f"SELECT {columns} FROM events ORDER BY message") == [
        tuple(event[name] for name in columns.split(", ")),
        ("nulls", "error", None, None, None, {}, {}, None, None, None),
    ]


def test_a17_rate_limit(start: Callable[..., Mesher], p: Project, q: Project) -> None:
    mesher = start(MESHER_RATE_LIMIT_MAX_EVENTS="3", MESHER_RATE_LIMIT_WINDOW_SECONDS="2")

    def burst() -> list[int]:
        return [mesher.post({"message": "x"}, p.key).status_code for _ in range(4)]

    # A window may end inside the first burst; then the second one lies in a fresh window.
    statuses = burst()
    if statuses != [202, 202, 202, 429]:
        wait_for(lambda: mesher.post({"message": "x"}, p.key).status_code == 429)
    refused = mesher.post({"message": "x"}, p.key)
    assert (refused.status_code, refused.text, refused.headers["retry-after"]) == (429, '{"error":"rate limited"}', "2")
    mesher.accept({"message": "x"}, q)
    wait_for(lambda: mesher.post({"message": "x"}, p.key).status_code == 202, 4, "the next window")


def test_a18_bad_request_uses_quota(start: Callable[..., Mesher], p: Project) -> None:
    mesher = start(MESHER_RATE_LIMIT_MAX_EVENTS="1")
    assert mesher.post("{", p.key).status_code == 400
    assert mesher.post({"message": "x"}, p.key).status_code == 429


def test_concurrent_events_of_one_issue(mesher: Mesher, database: Database, p: Project) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: mesher.post({"message": "same"}, p.key).status_code, range(80)))
    assert statuses == [202] * 80
    assert database.issue(p)["event_count"] == 80
    database.wait_events(p, 80)
