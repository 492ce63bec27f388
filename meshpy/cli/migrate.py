"""Runs database migrations: the files `migrations/<digits>_<name>.mpl` of a project, in order of their numbers.

Actions: up (the default) applies what is pending, down takes back the newest, status lists them, generate NAME starts a new
one. The database is the one of DATABASE_URL. Each migration runs in a transaction of its own, unless its first line is
`# mesh: no-transaction`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from meshpy.cli.terminal import EXIT_USAGE, colours, fail, show_diagnostics

ACTIONS = ("up", "down", "status", "generate")
_NO_FOLDER = "No migrations directory found. Run 'meshpy migrate generate <name>' to create your first migration."
_NO_FILES = "No migration files found in migrations/"
_FILE = re.compile(r"([0-9]+)_(.*)\.mpl")

# The program that runs migrations. It answers on stdout with lines that begin with a mark of their own (its first
# argument), since migrations may print too; the fields of a line are separated by tabs, so tabs of texts become blanks.
_PROGRAM = '''\
%(imports)s
fn say(mark :: String, words :: List<String>) -> () do
  println(mark <> String.join(List.map(words, fn(w) do String.replace(String.replace(w, "\\t", " "), "\\n", " ") end), "\\t"))
end

fn error_of(result :: Result<Int, String>) -> String do
  case result do
    Ok(_) -> ""
    Err(e) -> e
  end
end

fn recorded(pool :: PoolHandle, version :: String) -> Bool do
  case Pool.query(pool, "SELECT 1 AS found FROM _mesh_migrations WHERE version = $1::bigint", [version]) do
    Ok(rows) -> List.length(rows) > 0
    Err(_) -> false
  end
end

fn record(pool :: PoolHandle, version :: String, name :: String, direction :: String) -> Result<Int, String> do
  let result = if direction == "up" do
    Pool.execute(pool, "INSERT INTO _mesh_migrations (version, name) VALUES ($1::bigint, $2)", [version, name])
  else
    Pool.execute(pool, "DELETE FROM _mesh_migrations WHERE version = $1::bigint", [version])
  end
  case result do
    Ok(n) -> Ok(n)
    Err(e) -> Err("record:" <> e)
  end
end

fn list(mark :: String, pool :: PoolHandle) -> () do
  case Pool.query(pool, "SELECT version::text AS version, name FROM _mesh_migrations ORDER BY version", []) do
    Ok(rows) -> do
      List.map(rows, fn(row) do say(mark, ["row", Map.get(row, "version"), Map.get(row, "name")]) end)
      say(mark, ["end"])
    end
    Err(e) -> say(mark, ["table", e])
  end
end

# Runs one migration when it is still to be done; whether the next may follow.
fn one(mark :: String, pool :: PoolHandle, version :: String, name :: String, direction :: String, transaction :: Bool, body :: Fun(PoolHandle) -> Result<Int, String>) -> Bool do
  if recorded(pool, version) == (direction == "up") do
    true
  else
    say(mark, ["start", version])
    let result = if transaction do
      Repo.transaction(pool, fn(_conn) do
        body(pool)?
        record(pool, version, name, direction)
      end)
    else
      case body(pool) do
        Ok(_) -> record(pool, version, name, direction)
        Err(e) -> Err(e)
      end
    end
    let problem = error_of(result)
    say(mark, [if problem == "" do "done" else "failed" end, version, problem])
    problem == ""
  end
end

fn run(mark :: String, pool :: PoolHandle) -> () do
  case Pool.execute(pool, "CREATE TABLE IF NOT EXISTS _mesh_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())", []) do
    Err(e) -> say(mark, ["table", e])
    Ok(_) -> do
%(work)s
    end
  end
end

fn main() do
  let mark = List.get(Env.args(), 1)
  let url = Env.get("DATABASE_URL", "")
  case Pool.open(url, 1, 1, 5000) do
    Err(e) -> say(mark, ["connect", String.replace(e, "pool open: ", "")])
    Ok(pool) -> %(locked)s
  end
end
'''
_UNLOCKED = "run(mark, pool)"
# The lock belongs to a connection of its own, so it outlives every migration and ends with the program.
_LOCKED = '''case Pg.connect(url) do
      Err(e) -> say(mark, ["connect", e])
      Ok(lock) -> case Pg.query(lock, "SELECT pg_advisory_lock(5063479)", []) do
        Err(e) -> say(mark, ["connect", e])
        Ok(_) -> run(mark, pool)
      end
    end'''
_STUB = '''\
# {name}
#
#   Migration.create_table(pool, "things", ["id:BIGSERIAL:PRIMARY KEY", "label:TEXT:NOT NULL"])?
#   Migration.add_column(pool, "things", "size:INT")?
#   Migration.create_index(pool, "things", ["label"], "unique:true")?
#   Migration.execute(pool, "UPDATE things SET size = 0")?

pub fn up(pool :: PoolHandle) -> Int!String do
  Ok(0)
end

pub fn down(pool :: PoolHandle) -> Int!String do
  Ok(0)
end
'''


class MigrationError(Exception):
    """What stops a command; the text is what the user reads."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    path: Path

    @property
    def title(self) -> str:
        return f"{self.version}_{self.name}"

    @property
    def module(self) -> str:
        return f"Migration{self.version}"

    @property
    def transactional(self) -> bool:
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip() != "# mesh: no-transaction"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "meshpy migrate [DIR] [up|down|status|generate NAME]"
    parser.add_argument("words", nargs="*", metavar="DIR ACTION", help="project folder (default: the current one), then the action")


def run(args: argparse.Namespace) -> int:
    words = list(args.words)
    folder = Path(words.pop(0)) if words and words[0] not in ACTIONS else Path(".")
    action = words.pop(0) if words else "up"
    if action not in ACTIONS or len(words) != (action == "generate"):
        print("usage: meshpy migrate [DIR] [up|down|status|generate NAME]", file=sys.stderr)
        return EXIT_USAGE
    try:
        if action == "generate":
            _generate(folder, words[0])
        else:
            if not os.environ.get("DATABASE_URL"):
                raise MigrationError("meshpy migrate: DATABASE_URL environment variable is required")
            {"up": _up, "down": _down, "status": _status}[action](folder)
    except MigrationError as error:
        return fail(str(error))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---- actions


def _generate(folder: Path, name: str) -> None:
    if not name:
        raise MigrationError("Migration name cannot be empty")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise MigrationError("Migration name must contain only lowercase letters, digits, and underscores")
    target = folder / "migrations"
    file = f"{datetime.now(UTC):%Y%m%d%H%M%S}_{name}.mpl"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with open(target / file, "x", encoding="utf-8") as out:
            out.write(_STUB.format(name=name.replace("_", " ")))
    except OSError as error:
        raise MigrationError(f"Failed to create migration '{target / file}': {error.strerror}") from None
    _say(f"Created migration: migrations/{file}")


def _up(folder: Path) -> None:
    migrations = _found(folder)
    if migrations is None:
        return
    known = _recorded()
    pending = [m for m in migrations if m.version not in known]
    if not pending:
        _say("No pending migrations")
        return
    _say(f"Running {len(pending)} pending migration(s):")
    _execute(folder, pending, "up")


def _down(folder: Path) -> None:
    migrations = {m.version: m for m in _discover(folder)} if (folder / "migrations").is_dir() else {}
    known = _recorded()
    if not known:
        _say("No migrations to roll back")
        return
    newest = max(known)
    if newest not in migrations:
        raise MigrationError(f"Migration file for version {newest} not found in migrations/")
    _execute(folder, [migrations[newest]], "down")


def _status(folder: Path) -> None:
    migrations = _found(folder)
    if migrations is None:
        return
    known = _recorded()
    _say("Migration Status:")
    for migration in migrations:
        _say(f"  [{'x' if migration.version in known else ' '}] {migration.title}")
    applied = sum(m.version in known for m in migrations)
    _say(f"{applied} applied, {len(migrations) - applied} pending")


def _found(folder: Path) -> list[Migration] | None:
    """The migrations, or None, after a word about it, when there are none."""
    if not (folder / "migrations").is_dir():
        _say(_NO_FOLDER)
        return None
    migrations = _discover(folder)
    if not migrations:
        _say(_NO_FILES)
        return None
    return migrations


def _discover(folder: Path) -> list[Migration]:
    found: dict[int, Migration] = {}
    for path in sorted((folder / "migrations").iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        version = int(match[1])
        if version in found:
            raise MigrationError(f"Duplicate migration version {version}")
        found[version] = Migration(version, match[2], path)
    return [found[version] for version in sorted(found)]


# ---- running


def _recorded() -> set[int]:
    """The versions in the tracking table, which is made when it is missing."""
    with tempfile.TemporaryDirectory(prefix="meshpy-migrate-") as work:
        program = _build(Path(work), Path(work), [], "list(mark, pool)", _UNLOCKED)
        versions: set[int] = set()
        for fields in _answers(program, ["runner"]):
            if fields[0] == "row":
                versions.add(int(fields[1]))
            else:
                _check(fields, "Failed to connect to database")
        return versions


def _execute(folder: Path, migrations: Sequence[Migration], direction: str) -> None:
    titles = {str(m.version): m.title for m in migrations}
    calls = [
        f'one(mark, pool, "{m.version}", "{m.name}", "{direction}", {str(m.transactional).lower()}, fn(p) do '
        f"case {m.module}.{direction}(p) do\n          Ok(_) -> Ok(0)\n          Err(e) -> Err(e)\n        end end)"
        for m in migrations
    ]
    work = "      let _ = " + "\n        and ".join(calls) + '\n      say(mark, ["end"])'
    done = 0
    running = [migrations[0].title]
    with tempfile.TemporaryDirectory(prefix="meshpy-migrate-") as temporary:
        program = _build(Path(temporary), folder, migrations, work, _LOCKED)
        for fields in _answers(program, running):
            kind, title = fields[0], titles.get(fields[1], "") if len(fields) > 1 else ""
            if kind == "start":
                running[0] = title
                _say(f"  Applying: {title}" if direction == "up" else f"Rolling back: {title}")
            elif kind == "done":
                done += 1
                _say(f"  Applied:  {title}" if direction == "up" else f"Rolled back: {title}")
            elif kind == "failed":
                problem = fields[2]
                if not problem.startswith("record:"):
                    raise MigrationError(f"Migration {title} failed: {problem}")
                what = f"Failed to record migration {title}" if direction == "up" else f"Failed to remove tracking row for version {fields[1]}"
                raise MigrationError(f"{what}: {problem.removeprefix('record:')}")
            else:
                _check(fields, f"Migration {running[0]} connection failed")
    if direction == "up":
        _say(f"Applied {done} migration(s)")


def _check(fields: list[str], connecting: str) -> None:
    if fields[0] == "connect":
        raise MigrationError(f"{connecting}: {fields[1]}")
    if fields[0] == "table":
        raise MigrationError(f"Failed to create tracking table: {fields[1]}")


def _build(work: Path, folder: Path, migrations: Sequence[Migration], calls: str, locked: str) -> Path:
    """Builds the program in ``work``, with the modules of the project at hand for the migrations."""
    from meshpy.api import BuildError, ProjectError, build_project

    if migrations:
        _link_modules(folder.resolve(), work)
    originals: dict[str, Migration] = {}
    for migration in migrations:
        copy = work / f"migration{migration.version}.mpl"
        copy.write_bytes(migration.path.read_bytes())
        originals[copy.name] = migration
    imports = "".join(f"import {m.module}\n" for m in migrations)
    (work / "main.mpl").write_text(_PROGRAM % {"imports": imports, "work": calls, "locked": locked}, encoding="utf-8")
    try:
        result = build_project(work, work / "migrate", opt_level=1)
    except (ProjectError, BuildError) as error:
        raise MigrationError(f"Failed to compile migration {migrations[0].title if migrations else 'runner'}: {error}") from None
    if result.output is not None:
        return result.output
    guilty = next((originals[Path(d.labels[0].path).name] for d in result.diagnostics
                   if d.is_error and d.labels and Path(d.labels[0].path).name in originals), None)
    shown = [replace(d, labels=tuple(replace(x, path=_original(x.path, originals)) for x in d.labels)) for d in result.diagnostics]
    show_diagnostics(shown, False, colours(sys.stderr))
    first = next((d.message for d in result.diagnostics if d.is_error), "unknown error")
    title = guilty.title if guilty else migrations[0].title if migrations else "runner"
    raise MigrationError(f"Failed to compile migration {title}: {first}")


def _original(path: str, originals: dict[str, Migration]) -> str:
    migration = originals.get(Path(path).name)
    return str(migration.path) if migration else path


def _link_modules(folder: Path, work: Path) -> None:
    for path in folder.rglob("*.mpl"):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or relative.parts[0] == "migrations" or str(relative) == "main.mpl" or path.name.endswith(".test.mpl"):
            continue
        target = work / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)


def _answers(program: Path, running: Sequence[str]) -> Iterator[list[str]]:
    """The fields of each line that the program answers; what migrations print goes to stderr. Raises MigrationError, which
    names the migration ``running[0]``, when it ends before its last answer."""
    mark = f"mesh-migrate-{os.getpid()}:"
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen([program, mark], stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8", errors="replace")
        assert process.stdout is not None
        finished = False
        try:
            for line in process.stdout:
                if not line.startswith(mark):
                    _say(line.rstrip("\n"))
                    continue
                fields = line.removeprefix(mark).rstrip("\n").split("\t")
                if fields[0] == "end":
                    finished = True
                else:
                    yield fields
        finally:
            process.wait()
            errors.seek(0)
            text = errors.read().strip()
        if not finished:
            raise MigrationError(f"Migration {running[0]} exited with non-zero status: {text}")
        if text:
            _say(text)
