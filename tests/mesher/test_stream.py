"""A19 to A23, A33 to A35, A46: what dashboards hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness import Dashboard, Database, Mesher, Project, wait_for


def post_all(mesher: Mesher, project: Project, *events: dict[str, Any]) -> None:
    for event in events:
        mesher.accept(event, project)


def event_and_count(dashboard: Dashboard) -> tuple[dict[str, Any], dict[str, Any]]:
    event, count = dashboard.of_type("event", "issue_count"), dashboard.of_type("event", "issue_count")
    assert (event["type"], count["type"]) == ("event", "issue_count")
    return event, count


def test_a19_basics(mesher: Mesher, database: Database, p: Project, q: Project) -> None:
    d1, d2, other = mesher.dashboard(p), mesher.dashboard(p), mesher.dashboard(q)
    posted = {"message": "Boom", "level": "error", "unknown": [1, {"a": None}]}
    mesher.accept(posted, p)
    issue = database.issue(p)
    for dashboard in (d1, d2):
        event = json.loads(dashboard.text())
        assert event == {"type": "event", "issue_id": issue["id"], "data": posted}
        assert dashboard.text() == f'{{"type":"issue_count","project_id":"{p.id}","count":1}}'
        assert dashboard.frame() == {"type": "issue", "action": "new", "issue_id": issue["id"]}
    mesher.accept({"message": "for q"}, q)
    assert other.frame()["data"] == {"message": "for q"}


def test_a20_level_filter(mesher: Mesher, p: Project) -> None:
    d1, d2 = mesher.dashboard(p), mesher.dashboard(p)
    d2.subscribe(level="error")
    post_all(
        mesher, p, {"message": "A", "level": "error"}, {"message": "B", "level": "warning"}, {"message": "C", "level": "error"}
    )
    for dashboard, messages in ((d1, ["A", "B", "C"]), (d2, ["A", "C"])):
        frames = dashboard.until(lambda frame: frame.get("count") == 3)
        assert [frame["data"]["message"] for frame in frames if frame["type"] == "event"] == messages
        assert [frame["count"] for frame in frames if frame["type"] == "issue_count"] == [1, 2, 3]


def test_a21_environment_filter(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    dashboard.subscribe(level="error", environment="production")
    post_all(
        mesher, p,
        {"message": "1", "environment": "production"},
        {"message": "2", "environment": "staging"},
        {"message": "3", "level": "warning", "environment": "production"},
        {"message": "4", "tags": {"environment": "production"}},
        {"message": "5", "environment": "", "tags": {"environment": "staging"}},
        {"message": "6", "tags": {"environment": 5}},
        {"message": "7", "tags": ["production"]},
    )
    frames = dashboard.until(lambda frame: frame.get("count") == 7)
    assert [frame["data"]["message"] for frame in frames if frame["type"] == "event"] == ["1", "4"]


def test_a22_filter_reset(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    for message in ({"type": "subscribe", "filters": {}}, {"filters": {"level": None, "environment": ""}}, {}):
        dashboard.subscribe(level="fatal")
        dashboard.send(message)
        assert dashboard.of_type("filters_updated", "error") == {"type": "filters_updated"}
        mesher.accept({"message": "heard", "level": "info"}, p)
        assert dashboard.of_type("event", "issue_count")["type"] == "event"
        dashboard.of_type("issue_count")


def test_a23_bad_subscribe(mesher: Mesher, database: Database, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    dashboard.subscribe(level="fatal")
    for message, reason in (
        ("not json", "invalid subscribe message"),
        ("[1]", "invalid subscribe message"),
        ('"subscribe"', "invalid subscribe message"),
        ('{"type":"dance"}', "unknown message type"),
        ('{"type":7,"filters":{}}', "unknown message type"),
    ):
        dashboard.send(message)
        assert dashboard.frame() == {"type": "error", "message": reason}
    post_all(mesher, p, {"message": "quiet", "level": "info"}, {"message": "loud", "level": "fatal"})
    assert dashboard.of_type("event")["data"]["message"] == "loud"
    assert [issue["title"] for issue in database.issues(p)] == ["quiet", "loud"]


def test_unsubscribe(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.dashboard(p)
    dashboard.send({"type": "unsubscribe"})
    assert dashboard.frame() == {"type": "unsubscribed"}
    mesher.accept({"message": "unheard"}, p)
    dashboard.subscribe()
    mesher.accept({"message": "heard"}, p)
    assert dashboard.frame()["data"] == {"message": "heard"}


def insert_spike(database: Database, project: Project, events: int) -> str:
    issue_id = database.value(
        """INSERT INTO issues(project_id, fingerprint, title, level, status)
           VALUES (%s, %s, 'spike', 'error', 'archived') RETURNING id::text""",
        project.id, f"spike {events}",
    )
    database.query(
        """INSERT INTO events(project_id, issue_id, level, message, fingerprint)
           SELECT %s, %s, 'error', 'spike', 'spike' FROM generate_series(1, %s)""",
        project.id, issue_id, events,
    )
    return issue_id


def test_a33_spike(start: Callable[..., Mesher], database: Database, p: Project, q: Project) -> None:
    calm = insert_spike(database, q, 10)
    spiking = insert_spike(database, p, 11)
    database.query("UPDATE issues SET status = 'resolved' WHERE id = %s", spiking)
    mesher = start(MESHER_SPIKE_INTERVAL_MS="500")
    dashboard = mesher.dashboard(p)
    database.query("UPDATE issues SET status = 'archived' WHERE id = %s", spiking)
    assert dashboard.frame() == {"type": "issue", "action": "unresolved", "issue_id": spiking}
    assert dashboard.frame() == {"type": "issue_count", "project_id": p.id, "count": 1}
    # A second project's spike proves that the checker went on, and that the first was reported once.
    insert_spike(database, p, 12)
    mesher.wait_line("[Mesher] Spike checker: escalated 1 archived issues", count=2)
    assert sum("escalated" in line for line in mesher.lines) == 2
    assert database.value("SELECT status FROM issues WHERE id = %s", calm) == "archived"


def test_a34_disconnect(mesher: Mesher, p: Project) -> None:
    clean, lost = mesher.dashboard(p), mesher.raw(f"/stream/projects/{p.id}")
    lost.send_frame(1, b"{}")
    assert lost.json() == {"type": "filters_updated"}
    clean.close()
    lost.kill()
    for n in range(30):
        reply = mesher.post({"message": f"after {n}"}, p.key)
        assert reply.status_code == 202 and reply.elapsed.total_seconds() < 1
    mesher.wait_line("[WS] Connection closed: 1000")
    mesher.wait_line("[WS] Connection closed: 1006")
    fresh = mesher.dashboard(p)
    wait_for(lambda: mesher.client.get("/api/v1/health").json()["stream_clients"] == 1, what="stream_clients")
    mesher.accept({"message": "fresh"}, p)
    assert fresh.of_type("event")["data"] == {"message": "fresh"}


def test_a35_new_connection_has_no_filter(mesher: Mesher, p: Project) -> None:
    first = mesher.dashboard(p)
    first.subscribe(level="fatal")
    first.close()
    mesher.wait_line("[WS] Connection closed: 1000")
    second = mesher.socket(f"/stream/projects/{p.id}")
    wait_for(lambda: mesher.client.get("/api/v1/health").json()["stream_clients"] == 1, what="stream_clients")
    mesher.accept({"message": "info", "level": "info"}, p)
    assert second.frame()["data"]["message"] == "info"


def test_stream_path(mesher: Mesher, p: Project) -> None:
    dashboard = mesher.socket(f"/stream/projects/{p.id.upper()}/more?x=1")
    dashboard.subscribe()
    mesher.accept({"message": "x"}, p)
    assert dashboard.frame()["type"] == "event"
    for path in ("/stream/projects/", "/stream/projects", "/stream/projects/?token=x"):
        assert mesher.socket(path).close_code() == (1008, "rejected"), path


def test_a46_many_dashboards(mesher: Mesher, p: Project) -> None:
    dashboards = [mesher.dashboard(p) for _ in range(50)]
    for n in range(20):
        mesher.accept({"message": f"number {n}", "fingerprint": f"f{n}"}, p)
    for dashboard in dashboards:
        frames = dashboard.until(lambda frame: frame.get("count") == 20, seconds=5)
        frames = [frame for frame in frames if frame["type"] != "issue"]
        assert [frame["type"] for frame in frames] == ["event", "issue_count"] * 20
        assert [frame["data"]["message"] for frame in frames[::2]] == [f"number {n}" for n in range(20)]
        assert [frame["count"] for frame in frames[1::2]] == list(range(1, 21))
