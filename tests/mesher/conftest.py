from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import ROOT, Database, Mesher, Project, running


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mesher, compiled."""
    path = tmp_path_factory.mktemp("mesher") / "mesher"
    command = [sys.executable, "-m", "meshpy", "build", str(ROOT / "mesher"), "-o", str(path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return path


@pytest.fixture(scope="session")
def template(create_database: Callable[..., str], binary: Path) -> str:
    """The name of a database with Mesher's schema and the projects of the scenarios."""
    database = Database(create_database())
    with running(binary, database) as mesher:
        database.seed()
        assert mesher.stop() == 0
    database.close()
    return database.url.rsplit("/", 1)[1]


@pytest.fixture
def database(create_database: Callable[..., str], template: str) -> Iterator[Database]:
    database = Database(create_database(template))
    yield database
    database.close()


@pytest.fixture
def projects(database: Database) -> tuple[Project, Project]:
    """P and Q, with the keys `mshr_p` and `mshr_q`."""
    rows = database.query("SELECT p.id::text, k.key_value FROM projects p JOIN api_keys k ON k.project_id = p.id")
    found = {key: Project(project_id, key) for project_id, key in rows}
    return found["mshr_p"], found["mshr_q"]


@pytest.fixture
def p(projects: tuple[Project, Project]) -> Project:
    return projects[0]


@pytest.fixture
def q(projects: tuple[Project, Project]) -> Project:
    return projects[1]


@pytest.fixture
def start(binary: Path, database: Database) -> Iterator[Callable[..., Mesher]]:
    """Starts Mesher on the test's database with further variables, and waits until it is ready."""
    started: list[Mesher] = []

    def run(**environment: str) -> Mesher:
        started.append(Mesher(binary, database, environment))
        return started[-1].wait_ready()

    yield run
    for mesher in started:
        mesher.close()


@pytest.fixture
def mesher(start: Callable[..., Mesher]) -> Mesher:
    return start()
