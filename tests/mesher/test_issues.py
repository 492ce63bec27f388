"""A24 to A32: the life of an issue."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from harness import Database, Mesher, Project


@pytest.fixture
def issue(mesher: Mesher, database: Database, p: Project) -> dict[str, Any]:
    mesher.accept({"message": "Boom"}, p)
    database.wait_events(p, 1)
    return database.issue(p)


def test_a24_resolve(mesher: Mesher, p: Project, q: Project, issue: dict[str, Any]) -> None:
    dashboard, other = mesher.dashboard(p), mesher.dashboard(q)
    reply = mesher.act(issue["id"], "resolve")
    assert (reply.status_code, reply.text) == (200, '{"status":"ok","affected":1}')
    assert dashboard.text() == f'{{"type":"issue","action":"resolved","issue_id":"{issue["id"]}"}}'
    assert dashboard.frame() == {"type": "issue_count", "project_id": p.id, "count": 0}
    again = mesher.act(issue["id"], "resolve")
    assert (again.status_code, again.text) == (200, '{"status":"ok","affected":0}')
    # The next frame of each is of something later: there was nothing between.
    mesher.accept({"message": "later p"}, p)
    mesher.accept({"message": "later q"}, q)
    assert dashboard.frame()["data"] == {"message": "later p"}
    assert other.frame()["data"] == {"message": "later q"}


def test_a25_transitions(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    dashboard = mesher.dashboard(p)
    counts = {"archive": 0, "unresolve": 1, "discard": 0, "resolve": 0}
    names = {"archive": "archived", "unresolve": "unresolved", "discard": "discarded", "resolve": "resolved"}
    for action, status in names.items():
        reply = mesher.act(issue["id"].upper(), action)
        assert reply.json() == {"status": "ok", "affected": 1}
        assert database.issue(p)["status"] == status
        assert dashboard.frame() == {"type": "issue", "action": status, "issue_id": issue["id"]}
        assert dashboard.frame()["count"] == counts[action]


def test_a26_regression(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    mesher.act(issue["id"], "resolve")
    dashboard = mesher.dashboard(p)
    mesher.accept({"message": "Boom"}, p)
    assert [database.issue(p)[name] for name in ("id", "status", "event_count")] == [issue["id"], "unresolved", 2]
    assert dashboard.frame()["type"] == "event"
    assert dashboard.frame()["count"] == 1
    assert dashboard.frame() == {"type": "issue", "action": "regressed", "issue_id": issue["id"]}
    mesher.accept({"message": "Boom"}, p)
    frames = [dashboard.frame(), dashboard.frame()]
    mesher.act(issue["id"], "archive")
    assert [frame["type"] for frame in frames] == ["event", "issue_count"]
    assert dashboard.frame()["action"] == "archived"


def test_a27_archived_stays(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    mesher.act(issue["id"], "archive")
    dashboard = mesher.dashboard(p)
    mesher.accept({"message": "Boom"}, p)
    assert [database.issue(p)[name] for name in ("status", "event_count")] == ["archived", 2]
    assert dashboard.of_type("issue_count")["count"] == 0


def test_a28_discarded(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    mesher.act(issue["id"], "discard")
    dashboard = mesher.dashboard(p)
    mesher.accept({"message": "Boom"}, p)
    mesher.accept({"message": "another"}, p)
    assert dashboard.frame()["data"] == {"message": "another"}
    database.wait_events(p, 2)
    assert [(row["status"], row["event_count"]) for row in database.issues(p)] == [("discarded", 1), ("unresolved", 1)]
    assert database.query("SELECT DISTINCT message FROM events ORDER BY 1") == [("Boom",), ("another",)]


def test_a29_delete(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    dashboard = mesher.dashboard(p)
    reply = mesher.act(issue["id"], "delete")
    assert reply.json() == {"status": "ok", "affected": 1}
    assert database.issues(p) == [] and database.event_count(p) == 0
    mesher.accept({"message": "Boom"}, p)
    assert dashboard.frame()["type"] == "event"
    assert database.issue(p)["id"] != issue["id"]
    assert mesher.act(issue["id"], "delete").json()["affected"] == 0


def test_a30_assign(mesher: Mesher, database: Database, p: Project, issue: dict[str, Any]) -> None:
    user = database.value(
        "INSERT INTO users(email, password_hash, display_name) VALUES ('a@b.c', 'x', 'A') RETURNING id::text"
    )

    def assign(body: str) -> tuple[int, str]:
        reply = mesher.act(issue["id"], "assign", body)
        return reply.status_code, reply.text

    assert assign(f'{{"user_id":"{user}"}}') == (200, '{"status":"ok"}')
    assert database.issue(p)["assigned_to"] == user
    assert mesher.listed(p)[0]["assigned_to"] == user
    for body in ('{"user_id":"zzz"}', f'{{"user_id":"{uuid.uuid4()}"}}', '{"user_id":7}'):
        assert assign(body) == (400, '{"error":"invalid user_id"}')
    assert assign("nope") == (400, '{"error":"invalid json"}')
    for body in ('{"user_id":""}', '{"user_id":null}', "{}"):
        assert assign(f'{{"user_id":"{user}"}}')[0] == 200
        assert assign(body) == (200, '{"status":"ok"}')
        assert database.issue(p)["assigned_to"] is None


def test_a31_unknown_and_malformed_ids(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    for action in ("resolve", "archive", "unresolve", "discard", "delete"):
        unknown = mesher.act(str(uuid.uuid4()), action)
        assert (unknown.status_code, unknown.text) == (200, '{"status":"ok","affected":0}')
    for action in ("resolve", "assign", "delete"):
        malformed = mesher.act("abc", action, '{"user_id":""}')
        assert (malformed.status_code, malformed.text) == (400, '{"error":"invalid id"}')
    listing = mesher.client.get("/api/v1/projects/abc/issues")
    assert (listing.status_code, listing.text) == (400, '{"error":"invalid id"}')
    mesher.accept({"message": "first frame"}, p)
    assert dashboard.frame()["type"] == "event"


def test_a32_list(mesher: Mesher, database: Database, p: Project, q: Project) -> None:
    for message in ("one", "two", "three", "one"):
        mesher.accept({"message": message, "level": "warning"}, p)
    resolved = next(issue["id"] for issue in database.issues(p) if issue["title"] == "two")
    mesher.act(resolved, "resolve")
    listed = mesher.listed(p)
    assert [(issue["title"], issue["event_count"]) for issue in listed] == [("one", 2), ("three", 1)]
    assert list(listed[0]) == ["id", "title", "level", "status", "event_count", "first_seen", "last_seen", "assigned_to"]
    assert all((issue["status"], issue["level"], issue["assigned_to"]) == ("unresolved", "warning", "") for issue in listed)
    assert mesher.listed(q) == []
