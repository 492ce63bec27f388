"""A01 to A03, A48 and the pages: from an empty database to routes."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable
from pathlib import Path

from embedded_postgres import free_port
from harness import Database, Mesher, Project, running, wait_for

LINES = [
    "[Mesher] Connecting to PostgreSQL...",
    "[Mesher] Schema created/verified",
    "[Mesher] Partitions created (7 days ahead)",
    "[Mesher] OrgService started",
    "[Mesher] ProjectService started",
    "[Mesher] UserService started",
    "[Mesher] StreamManager started",
    "[Mesher] StreamManager drain ticker started (250ms interval)",
    "[Mesher] RateLimiter started (60s window, 1000 max)",
    "[Mesher] EventProcessor started",
    "[Mesher] StorageWriter started (default project)",
    "[Mesher] PipelineRegistry started and registered",
    "[Mesher] Health checker started (10s interval)",
    "[Mesher] Spike checker started (5 min interval)",
    "[Mesher] Foundation ready",
]
TABLES = {
    "organizations", "users", "org_memberships", "sessions", "projects", "api_keys", "issues", "events", "alert_rules",
}


def partitions(database: Database) -> dict[str, str]:
    database.query("SET TimeZone = 'UTC'")
    return dict(
        database.query(
            """SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
               JOIN pg_class parent ON parent.oid = i.inhparent
               WHERE parent.relname = 'events' AND c.relkind = 'r' ORDER BY 1"""
        )
    )


def expected_partitions(first: datetime.date) -> dict[str, str]:
    days = [first + datetime.timedelta(days=n) for n in range(8)]
    return {
        f"events_{day:%Y%m%d}": f"FOR VALUES FROM ('{day} 00:00:00+00') TO ('{after} 00:00:00+00')"
        for day, after in zip(days, days[1:])
    }


def started_lines(mesher: Mesher) -> list[str]:
    last = f"[Mesher] HTTP server starting on :{mesher.http_port}"
    mesher.wait_line(last)
    return mesher.lines[: mesher.lines.index(last) + 1]


def all_lines(mesher: Mesher) -> list[str]:
    servers = [
        f"[Mesher] WebSocket server starting on :{mesher.ws_port}",
        f"[Mesher] HTTP server starting on :{mesher.http_port}",
    ]
    return LINES + servers


def test_a01_a02_empty_database_then_again(binary: Path, create_database: Callable[..., str]) -> None:
    database = Database(create_database())
    today = datetime.datetime.now(datetime.UTC).date()
    with running(binary, database) as mesher:
        assert started_lines(mesher) == all_lines(mesher)
        tables = {name for (name,) in database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        assert TABLES <= tables
        assert partitions(database) == expected_partitions(today)
        secondary = database.value(
            """SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
               WHERE c.relname LIKE 'idx_%%' AND NOT t.relispartition"""
        )
        assert secondary == 15
        assert mesher.stop() == 0

    # Idempotent, and the bounds stay UTC when the database prefers another zone.
    name = database.url.rsplit("/", 1)[1]
    database.query(f"ALTER DATABASE {name} SET TimeZone = 'Asia/Tokyo'")
    for partition in list(expected_partitions(today))[-3:]:
        database.query(f"DROP TABLE {partition}")
    database.close()
    with running(binary, database) as mesher:
        assert started_lines(mesher) == all_lines(mesher)
        assert partitions(database) == expected_partitions(today)
        assert not [line for line in mesher.errors if "error" in line.lower() and "listening" not in line]
    database.close()


def test_a03_no_database(binary: Path) -> None:
    database = Database(f"postgres://mesh:mesh@127.0.0.1:{free_port()}/mesher")
    mesher = Mesher(binary, database)
    try:
        assert mesher.process.wait(20) == 0
        mesher.join_output()
        assert mesher.lines == [LINES[0], "[Mesher] Failed to connect to PostgreSQL"]
        for port in (mesher.http_port, mesher.ws_port):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) != 0
    finally:
        mesher.close()


def test_a48_unknown_routes(mesher: Mesher, p: Project) -> None:
    for method, path in (
        ("GET", "/nope"), ("POST", "/nope"), ("GET", "/api/v1/events"), ("DELETE", "/api/v1/events"),
        ("GET", "/api/v1/events/bulk"),
    ):
        reply = mesher.client.request(method, path)
        assert (reply.status_code, reply.text) == (404, "Not Found"), (method, path)
    assert mesher.post({"message": "x"}, p.key, "/api/v1/events?x=1").status_code == 202


def test_configuration_falls_back_to_defaults(start: Callable[..., Mesher]) -> None:
    mesher = start(MESHER_RATE_LIMIT_MAX_EVENTS="many", MESHER_RATE_LIMIT_WINDOW_SECONDS="5", MESHER_STREAM_DRAIN_MS="-1")
    mesher.wait_line("[Mesher] RateLimiter started (5s window, 1000 max)")
    mesher.wait_line("drain ticker started (250ms interval)")


def test_live_page(mesher: Mesher, p: Project) -> None:
    page = mesher.client.get(f"/live/{p.id}")
    assert page.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert f'WS_PORT = {mesher.ws_port}, PROJECT = "{p.id}"' in page.text
    assert 'PROJECT = ""' in mesher.client.get("/").text
    hostile = mesher.client.get("/live/%3C%2Fscript%3E").text
    assert hostile.count("</script>") == 1


def test_development_seed(binary: Path, create_database: Callable[..., str]) -> None:
    database = Database(create_database())
    for _ in range(2):
        with running(binary, database, MESHER_SEED="1") as mesher:
            key = "mshr_devdefaultapikey000000000000000000000000000"
            assert mesher.post({"message": "seeded"}, key).status_code == 202
            assert mesher.stop() == 0
    assert database.query("SELECT slug FROM organizations") == [("default",)]
    assert database.query("SELECT label FROM api_keys") == [("dev-default",)]
    assert database.value("SELECT event_count FROM issues") == 2
    database.close()


def test_health(mesher: Mesher, p: Project) -> None:
    mesher.accept({"message": "counted"}, p)
    mesher.dashboard(p)
    mesher.dashboard(p)
    mesher.database.wait_events(p, 1)

    def health() -> dict[str, object]:
        reply = mesher.client.get("/api/v1/health")
        assert reply.status_code == 200
        return reply.json()

    expected = {"status": "ok", "stream_clients": 2, "events_processed": 1, "events_buffered": 0}
    wait_for(lambda: health() == expected, what="health")


def test_admin_token(start: Callable[..., Mesher], p: Project) -> None:
    mesher = start(MESHER_ADMIN_TOKEN="secret")
    bearer = {"Authorization": "Bearer secret"}
    path = f"/api/v1/projects/{p.id}/issues"
    assert mesher.client.get(path).status_code == 401
    assert mesher.client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert mesher.client.get(path, headers=bearer).json() == []
    assert mesher.post({"message": "no token needed"}, p.key).status_code == 202
    assert mesher.socket(f"/stream/projects/{p.id}").close_code() == (1008, "rejected")
    for client in (
        mesher.socket(f"/stream/projects/{p.id}", bearer), mesher.socket(f"/stream/projects/{p.id}?token=secret"),
    ):
        client.subscribe()

