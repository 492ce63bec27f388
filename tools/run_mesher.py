"""Builds Mesher, starts it on a PostgreSQL, and says what to do with it. Ctrl-C stops everything: `make mesher`.

The database is an embedded PostgreSQL whose data stays in `.mesher/` between runs (`--clean` removes it), or the one
that MESHER_DATABASE_URL or DATABASE_URL selects.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres import EmbeddedPostgres, can_enter, free_port, outside_url, server_user

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".mesher"
API_KEY = "mshr_devdefaultapikey000000000000000000000000000"
READY_SECONDS = 30
STOP_SECONDS = 20


class Stopped(Exception):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number


@contextmanager
def step(doing: str, done: str) -> Iterator[None]:
    """Says what is going on and how long it took; other lines may come in between."""
    print(f"  {doing} ...", flush=True)
    begin = time.monotonic()
    yield
    print(f"  {done} in {time.monotonic() - begin:.1f} s", flush=True)


def finish_undisturbed() -> None:
    """From here on a further signal would only break the orderly end, which is bounded in time."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def database_folder() -> Path:
    """Where the cluster lies: in `.mesher/`, or where the server's user can reach it when it cannot reach that."""
    STATE.mkdir(exist_ok=True)
    if can_enter(STATE, server_user()):
        return STATE / "postgres"
    name = hashlib.sha256(str(STATE).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"mesher-{name}"


def clean() -> None:
    folder = database_folder()
    if (folder / "data").exists():
        EmbeddedPostgres(folder).stop()
    for path in {folder, STATE}:
        shutil.rmtree(path, ignore_errors=True)
    print("Mesher's data is gone.")


def usable_port(wanted: int, name: str) -> int:
    """`wanted` if nobody listens there, else a free one, which is said."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", wanted))
            return wanted
        except OSError:
            pass
    port = free_port()
    print(f"  {name} port {wanted} is busy, using {port}")
    return port


def build(binary: Path) -> int:
    command = [sys.executable, "-m", "meshpy", "build", str(ROOT / "mesher"), "-o", str(binary)]
    return subprocess.run(command, cwd=ROOT).returncode


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        time.sleep(0.05)
    return False


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def forward(process: subprocess.Popen[str]) -> threading.Thread:
    def run() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            print(f"  | {line}", end="", flush=True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def default_project(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT project_id::text FROM api_keys WHERE key_value = %s AND revoked_at IS NULL", [API_KEY]
        ).fetchone()
    if row is None:
        raise SystemExit("Mesher did not make its development project; see its lines above.")
    return row[0]


def banner(http_port: int, ws_port: int, project: str) -> str:
    page = f"http://127.0.0.1:{http_port}/live/{project}"
    body = '{"message":"Hello from curl","level":"error","environment":"dev"}'
    return f"""
Mesher is up: {page}

  Post an event:
    curl -i -H 'X-Sentry-Auth: {API_KEY}' -d '{body}' http://127.0.0.1:{http_port}/api/v1/events

  Watch the stream in the page, or in a terminal:
    {os.path.relpath(sys.executable)} -m websockets ws://127.0.0.1:{ws_port}/stream/projects/{project}

  List the open issues:
    curl http://127.0.0.1:{http_port}/api/v1/projects/{project}/issues

Ctrl-C stops it.
"""


def start_mesher(binary: Path, url: str, http_port: int, ws_port: int) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "MESHER_DATABASE_URL": url,
        "MESHER_HTTP_PORT": str(http_port),
        "MESHER_WS_PORT": str(ws_port),
        "MESHER_SEED": "1",
    }
    return subprocess.Popen(
        [str(binary)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C reaches this driver alone, which passes on one signal
    )


def stop_mesher(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(binary: Path, url: str) -> int:
    http_port = usable_port(int(os.environ.get("MESHER_HTTP_PORT", "8080")), "HTTP")
    ws_port = usable_port(int(os.environ.get("MESHER_WS_PORT", "8081")), "WebSocket")
    process = start_mesher(binary, url, http_port, ws_port)
    output = forward(process)
    try:
        if not wait_until(lambda: answers(f"http://127.0.0.1:{http_port}/api/v1/health"), process):
            print("Mesher did not get ready; its lines above say why.", file=sys.stderr)
            return 1
        print(banner(http_port, ws_port, default_project(url)), flush=True)
        status = process.wait()
        print(f"Mesher ended by itself with status {status}.", file=sys.stderr)
        return status if status > 0 else 1
    finally:
        finish_undisturbed()
        with step("stopping Mesher", "stopped"):
            stop_mesher(process)
            output.join(5)


def run() -> int:
    STATE.mkdir(exist_ok=True)
    binary = STATE / "mesher"
    print("Starting Mesher:", flush=True)
    with step("compiling mesher/", "compiled"):
        status = build(binary)
    if status != 0:
        return status
    url = outside_url()
    if url is not None:
        return serve(binary, url)
    postgres = EmbeddedPostgres(database_folder())
    try:
        with step("starting PostgreSQL", "started"):
            postgres.start()
            url = postgres.ensure_database("mesher")
        return serve(binary, url)
    finally:
        finish_undisturbed()
        with step("stopping PostgreSQL", "stopped"):
            postgres.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean", action="store_true", help="remove the data of earlier runs")
    if parser.parse_args().clean:
        clean()
        return 0

    def stop(number: int, _frame: object) -> None:
        raise Stopped(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        return run()
    except Stopped as stopped:
        return stopped.status


if __name__ == "__main__":
    sys.exit(main())
