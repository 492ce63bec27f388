"""Mesher's accepted events per second over HTTP into PostgreSQL, beside a C program that runs the same statements."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from embedded_postgres import EmbeddedPostgres, free_port  # noqa: E402

HERE = Path(__file__).resolve().parent
KEY = "mshr_devdefaultapikey000000000000000000000000000"
CONNECTIONS = 10  # the size of Mesher's pool
SECONDS = 4
STATEMENTS = {"auth": "SELECT p.id", "upsert": "WITH input", "count": "SELECT count", "insert": "INSERT INTO events"}


class Mesher:
    """A Mesher on a database of its own; ``log`` collects what it writes on stderr."""

    def __init__(self, binary: Path, url: str, **settings: str) -> None:
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        environment = {
            **os.environ, "MESHER_DATABASE_URL": url, "MESHER_HTTP_PORT": str(self.port),
            "MESHER_WS_PORT": str(free_port()), "MESHER_SEED": "1", "MESHER_RATE_LIMIT_MAX_EVENTS": "1000000000", **settings,
        }
        self.process = subprocess.Popen([str(binary)], env=environment, stdout=subprocess.DEVNULL, stderr=self.log)
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Mesher does not listen")

    def post(self, n: int) -> None:
        body = f'{{"message":"event {n}","level":"error","environment":"bench"}}'.encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/events", body, {"X-Sentry-Auth": KEY})
        with urllib.request.urlopen(request, timeout=10) as reply:
            assert reply.status == 202

    def rate(self) -> float:
        url = f"http://127.0.0.1:{self.port}"
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(HERE / "post.lua"), url, "--", KEY]
        done = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        if found is None or "errors 0\n" not in done.stdout:
            raise RuntimeError(done.stdout + done.stderr)
        return float(found.group(1))

    def peak_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def stop(self) -> str:
        self.process.terminate()
        self.process.wait(20)
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


def capture(binary: Path, url: str, folder: Path) -> None:
    """The statements of accepted events, as Mesher sends them."""
    mesher = Mesher(binary, url, MESH_SQL_LOG="1", MESHER_FLUSH_INTERVAL_MS="60000")
    for n in range(50):
        mesher.post(n)
    log = mesher.stop()
    for name, start in STATEMENTS.items():
        found = [text for text in log.split("[mesh-rt] sql: ") if text.strip().startswith(start)]
        (folder / f"{name}.sql").write_text(found[0].rsplit(" | ", 1)[0] if name != "insert" else found[0].split(" | ", 1)[0])


def measure(binary: Path, out: Path, rounds: int) -> tuple[list[float], list[float], float]:
    """Events per second of Mesher and of the C program, round by round, and Mesher's peak memory in MiB."""
    out.mkdir(parents=True, exist_ok=True)
    include = subprocess.run(["pg_config", "--includedir"], capture_output=True, text=True).stdout.strip() or "/usr/include/postgresql"
    subprocess.run(["cc", "-O2", f"-I{include}", "-o", out / "peer", HERE / "peer.c", "-lpq", "-lpthread"], check=True)
    ours: list[float] = []
    theirs: list[float] = []
    peak = 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        postgres.start()
        try:
            capture(binary, postgres.ensure_database("capture"), out)
            for n in range(rounds):
                url = postgres.ensure_database(f"round{n}")
                mesher = Mesher(binary, url)
                ours.append(mesher.rate())
                peak = max(peak, mesher.peak_mib())
                mesher.stop()
                url = postgres.ensure_database(f"peer{n}")
                Mesher(binary, url).stop()  # makes the schema and the key
                command = [out / "peer", url, str(CONNECTIONS), str(SECONDS), out, KEY]
                theirs.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        finally:
            postgres.stop()
    return ours, theirs, peak
