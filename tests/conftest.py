"""PostgreSQL for the tests: one server for a session, one database for a test."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from embedded_postgres import EmbeddedPostgres, outside_url  # noqa: E402


def _remove_stale_servers(folder: Path) -> None:
    """Servers of test runs that were killed."""
    for left in folder.glob("mesher-tests-*"):
        pid = int(left.name.split("-")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            EmbeddedPostgres(left, durable=False).stop()
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:
            pass


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Callable[[], EmbeddedPostgres]]:
    """Starts a PostgreSQL server of the test's own."""
    parent = Path(tempfile.gettempdir())
    _remove_stale_servers(parent)
    servers: list[EmbeddedPostgres] = []

    def start() -> EmbeddedPostgres:
        folder = Path(tempfile.mkdtemp(prefix=f"mesher-tests-{os.getpid()}-", dir=parent))
        servers.append(EmbeddedPostgres(folder, durable=False))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()
        shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def server_url(own_postgres: Callable[[], EmbeddedPostgres]) -> Callable[[str], str]:
    """The URL of a database of the session's server: the one of the environment, or an embedded one."""
    outside = outside_url()
    if outside is None:
        return own_postgres().url
    parts = urlsplit(outside)
    return lambda name: urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def create_database(server_url: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    """Makes a database, empty or from a template; returns its URL. All are dropped at the end of the session."""
    admin = psycopg.connect(server_url("postgres"), autocommit=True)
    made: list[str] = []

    def create(template: str = "template0") -> str:
        name = f"mesher_test_{os.getpid()}_{len(made)}"
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        made.append(name)
        return server_url(name)

    yield create
    for name in made:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.close()
