"""PostgreSQL and SQLite from Mesh, and what happens to connections when things go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

from serving import HERE, run


def _expected(name: str) -> list[str]:
    return [m[1] for line in (HERE / "programs" / f"{name}.mpl").read_text().splitlines() if (m := re.match(r" *# > (.*)$", line))]


def test_postgres(create_database: Callable[..., str]) -> None:
    done = run("database", create_database())
    assert done.stdout.splitlines() == _expected("database")


def test_connection_errors(server_url: Callable[[str], str]) -> None:
    url = server_url("postgres")
    wrong = re.sub(r"//([^:@]+)(:[^@]*)?@", r"//nobody_here:wrong@", url)
    cases = [
        ("mysql://x", "URL must start with postgres:// or postgresql://"),
        ("postgres://u:p@localhost:abc/d", "invalid port: abc"),
        ("postgres://u:p@127.0.0.1:1/d", "connection failed: Connection refused"),
        ("postgres://u:p@no-such-host.invalid/d", "DNS resolution failed: "),
        (server_url("no_such_database"), 'database "no_such_database" does not exist'),
        (wrong, ('password authentication failed for user "nobody_here"', 'role "nobody_here" does not exist')),
    ]
    for given, text in cases:
        out = run("connects", given).stdout
        assert out.startswith(text), (given, out)


def test_dead_owners_and_servers(create_database: Callable[..., str]) -> None:
    assert run("dying", create_database()).stdout.splitlines() == _expected("dying")


def test_sqlite() -> None:
    assert run("sqlite").stdout.splitlines() == _expected("sqlite")
