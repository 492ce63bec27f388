"""Every program under `examples/` does what stands beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SERVERS = {"http_api", "chat_room", "sql_pool"}
SOURCES = sorted(EXAMPLES.glob("*.mpl")) + sorted(path.parent for path in EXAMPLES.glob("*/main.mpl"))


def expected(source: Path) -> str:
    file = source / "expected" if source.is_dir() else source.with_suffix(".expected")
    return file.read_text()


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    folder = tmp_path_factory.mktemp("examples")

    def run(source: Path) -> Path:
        binary = folder / source.stem
        command = [sys.executable, "-m", "meshpy", "build", str(source), "-o", str(binary)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr
        return binary

    return run


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NAME", "PORT")}
    return {**kept, **variables}


def test_every_example_states_its_output() -> None:
    assert len(SOURCES) >= 8
    for source in SOURCES:
        assert expected(source)


@pytest.mark.parametrize("source", [s for s in SOURCES if s.stem not in SERVERS], ids=lambda source: source.stem)
def test_example(source: Path, build: Callable[[Path], Path]) -> None:
    result = subprocess.run([build(source)], capture_output=True, text=True, timeout=30, env=environment())
    assert (result.stdout, result.returncode) == (expected(source), 0), result.stderr


def test_sql_pool(build: Callable[[Path], Path], create_database: Callable[..., str]) -> None:
    source = EXAMPLES / "sql_pool.mpl"
    result = subprocess.run([build(source)], capture_output=True, text=True, timeout=30, env=environment(DATABASE_URL=create_database()))
    assert (result.stdout, result.returncode) == (expected(source), 0), result.stderr


@contextmanager
def served(binary: Path, output: str) -> Iterator[int]:
    """Runs a server on a port of the system's choice, stops it gracefully, compares what it printed."""
    process = subprocess.Popen(
        [binary], env=environment(PORT="0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None and process.stdout is not None
        line = next(line for line in process.stderr if "listening on" in line)
        yield int(line.rsplit(":", 1)[1])
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == output
        assert process.wait() == 0
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def test_http_api(build: Callable[[Path], Path]) -> None:
    source = EXAMPLES / "http_api.mpl"
    with served(build(source), expected(source)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        def reply(method: str, path: str, body: str = "") -> tuple[int, str]:
            answer = client.request(method, path, content=body)
            return answer.status_code, answer.text

        assert reply("POST", "/notes", '{"text":"milk"}') == (201, '{"id":1,"text":"milk"}')
        assert reply("POST", "/notes", '{"text":"bread & tea"}') == (201, '{"id":2,"text":"bread & tea"}')
        assert reply("POST", "/notes", "{}") == (400, '{"error":"missing field: text"}')
        assert reply("GET", "/notes") == (200, '[{"id":1,"text":"milk"},{"id":2,"text":"bread & tea"}]')
        assert reply("GET", "/notes?search=%26+tea") == (200, '[{"id":2,"text":"bread & tea"}]')
        assert reply("GET", "/notes/2") == (200, '{"id":2,"text":"bread & tea"}')
        assert reply("GET", "/notes/9") == (404, '{"error":"no note 9"}')
        assert reply("GET", "/notes/x") == (400, '{"error":"an id is a number"}')
        assert reply("GET", "/nowhere") == (404, "Not Found")


def test_chat_room(build: Callable[[Path], Path]) -> None:
    source = EXAMPLES / "chat_room.mpl"

    def guest(welcome: str) -> str:
        assert welcome.startswith("* welcome to lobby, guest ")
        return welcome.removeprefix("* welcome to lobby, ")

    with served(build(source), expected(source)) as port:
        ann = connect(f"ws://127.0.0.1:{port}/lobby", proxy=None)
        name = guest(ann.recv(timeout=2))
        bob = connect(f"ws://127.0.0.1:{port}/lobby", proxy=None)
        other = guest(bob.recv(timeout=2))
        assert ann.recv(timeout=2) == f"* {other} entered lobby"
        ann.send("hello everybody")
        assert {ann.recv(timeout=2), bob.recv(timeout=2)} == {f"{name}: hello everybody"}
        bob.send("/whisper psst")
        assert ann.recv(timeout=2) == f"({other}) psst"
        ann.send("/move garden")
        assert bob.recv(timeout=2) == f"* {name} went to garden"
        assert ann.recv(timeout=2) == f"* welcome to garden, {name}"
        bob.send("alone now")
        assert bob.recv(timeout=2) == f"{other}: alone now"
        bob.close()
        ann.send("anybody?")
        assert ann.recv(timeout=2) == f"{name}: anybody?"
        ann.close()
