"""`meshpy migrate` against a database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

FIRST = """\
pub fn up(pool :: PoolHandle) -> Int!String do
  Migration.create_table(pool, "crates", ["id:BIGINT:PRIMARY KEY", "label:TEXT:NOT NULL"])?
  Migration.create_index(pool, "crates", ["label"], "unique:true")?
  println("made crates")
  Ok(0)
end

pub fn down(pool :: PoolHandle) -> Int!String do
  Migration.drop_table(pool, "crates")?
  Ok(0)
end
"""
SECOND = """\
from Helper import table_name

pub fn up(pool :: PoolHandle) -> Int!String do
  Migration.add_column(pool, table_name(), "size:INT")
end

pub fn down(pool :: PoolHandle) -> Int!String do
  Migration.drop_column(pool, table_name(), "size")
end
"""
BROKEN = """\
pub fn up(pool :: PoolHandle) -> Int!String do
  Migration.execute(pool, "CREATE TABLE half (a int)")?
  Migration.execute(pool, "SELECT nonsense")
end

pub fn down(pool :: PoolHandle) -> Int!String do
  Ok(0)
end
"""


def _migrate(folder: Path, *words: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    if url is not None:
        environment["DATABASE_URL"] = url
    command = [sys.executable, "-m", "meshpy", "migrate", *words]
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def _lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.stdout == ""
    return done.stderr.splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "main.mpl").write_text("fn main() do\n  nil\nend\n")
    (tmp_path / "helper.mpl").write_text('pub fn table_name() -> String do\n  "crates"\nend\n')
    (tmp_path / "migrations" / "1_crates.mpl").write_text(FIRST)
    (tmp_path / "migrations" / "20260102_size.mpl").write_text(SECOND)
    (tmp_path / "migrations" / "notes.txt").write_text("ignored")
    (tmp_path / "migrations" / "x_y.mpl").write_text("ignored")
    return tmp_path


def test_up_status_down(project: Path, create_database: Callable[..., str]) -> None:
    url = create_database()
    assert _lines(_migrate(project, "status", url=url)) == ["Migration Status:", "  [ ] 1_crates", "  [ ] 20260102_size", "0 applied, 2 pending"]
    done = _migrate(project, url=url)
    assert _lines(done) == [
        "Running 2 pending migration(s):", "  Applying: 1_crates", "made crates", "  Applied:  1_crates", "  Applying: 20260102_size",
        "  Applied:  20260102_size", "Applied 2 migration(s)",
    ]
    assert done.returncode == 0
    assert _lines(_migrate(project, "up", url=url)) == ["No pending migrations"]
    assert _lines(_migrate(project, "down", url=url)) == ["Rolling back: 20260102_size", "Rolled back: 20260102_size"]
    assert _lines(_migrate(project, ".", "status", url=url))[1:] == ["  [x] 1_crates", "  [ ] 20260102_size", "1 applied, 1 pending"]
    (project / "migrations" / "1_crates.mpl").unlink()
    gone = _migrate(project, "down", url=url)
    assert (_lines(gone), gone.returncode) == (["error: Migration file for version 1 not found in migrations/"], 1)


def test_a_failed_migration_leaves_nothing(project: Path, create_database: Callable[..., str]) -> None:
    url = create_database()
    (project / "migrations" / "5_broken.mpl").write_text(BROKEN)
    done = _migrate(project, url=url)
    assert done.returncode == 1
    assert _lines(done)[-1].startswith("error: Migration 5_broken failed: 42703")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version FROM _mesh_migrations").fetchall() == [(1,)]
        assert connection.execute("SELECT to_regclass('half'), to_regclass('crates')").fetchone() == (None, "crates")
    (project / "migrations" / "5_broken.mpl").write_text("# mesh: no-transaction\n" + BROKEN)
    assert _migrate(project, url=url).returncode == 1
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == ("half",)


def test_compile_errors_name_the_file(project: Path, create_database: Callable[..., str]) -> None:
    (project / "migrations" / "1_crates.mpl").write_text(FIRST.replace("Ok(0)", "Ok(1 + \"a\")"))
    done = _migrate(project, url=create_database())
    assert done.returncode == 1
    assert "migrations/1_crates.mpl" in done.stderr and "error: Failed to compile migration 1_crates: " in done.stderr


def test_generate(tmp_path: Path) -> None:
    done = _migrate(tmp_path, "generate", "add_users")
    (file,) = (tmp_path / "migrations").iterdir()
    assert _lines(done) == [f"Created migration: migrations/{file.name}"]
    assert file.name[:14].isdigit() and file.name.endswith("_add_users.mpl")
    assert _lines(_migrate(tmp_path, "generate", "Add-Users")) == ["error: Migration name must contain only lowercase letters, digits, and underscores"]


def test_without_a_database_or_migrations(tmp_path: Path, project: Path) -> None:
    done = _migrate(project, "status")
    assert (_lines(done), done.returncode) == (["error: meshpy migrate: DATABASE_URL environment variable is required"], 1)
    refused = _migrate(project, url="postgres://u:p@127.0.0.1:1/d")
    assert _lines(refused) == ["error: Failed to connect to database: connection failed: Connection refused"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _lines(_migrate(empty, url="postgres://x@y/z")) == [
        "No migrations directory found. Run 'meshpy migrate generate <name>' to create your first migration."
    ]
    assert _migrate(project, "sideways", "up", "now").returncode == 2
