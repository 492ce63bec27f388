"""The project template: it checks, its tests pass, and the program serves."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest


def meshpy(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "meshpy", *words], cwd=folder, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    done = meshpy("init", "--template", "todo-api", 'my "todo" app', folder=folder)
    assert (done.returncode, done.stdout) == (0, "Created todo-api project 'my \"todo\" app'\n"), done.stderr
    return folder / 'my "todo" app'


def test_files_and_tests(project: Path) -> None:
    wanted = """mesh.toml main.mpl config.mpl README.md Dockerfile .dockerignore api/health.mpl api/router.mpl api/todos.mpl
        runtime/registry.mpl services/rate_limiter.mpl storage/todos.mpl types/todo.mpl tests/config.test.mpl
        tests/storage.test.mpl""".split()
    assert {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()} == set(wanted)
    assert "{{" not in "".join((project / name).read_text() for name in wanted)
    done = meshpy("test", folder=project)
    assert done.returncode == 0, done.stdout + done.stderr


def request(port: int, method: str, path: str, body: object = None) -> tuple[int, object]:
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method), timeout=10) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as error:
        text, status = error.read(), error.code
    return status, json.loads(text) if text else None


def test_the_service(project: Path, tmp_path: Path) -> None:
    program = tmp_path / "service"
    done = meshpy("build", ".", "-o", str(program), folder=project)
    assert done.returncode == 0, done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "TODO_DB_PATH": str(tmp_path / "todos.sqlite3")}
    with subprocess.Popen([program], env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None and server.stdout.readline() == f"listening on port {port}\n"
            deadline = time.monotonic() + 10
            while True:
                try:
                    assert request(port, "GET", "/health") == (200, {"status": "ok"})
                    break
                except urllib.error.URLError:
                    assert time.monotonic() < deadline
            milk = {"completed": False, "id": 1, "title": "milk"}
            assert request(port, "POST", "/todos", {"title": " milk "}) == (201, milk)
            assert request(port, "GET", "/todos") == (200, [milk])
            assert request(port, "PUT", "/todos/1", {"completed": True}) == (200, {**milk, "completed": True})
            assert request(port, "POST", "/todos", {"title": ""}) == (400, {"error": "a todo needs a title"})
            assert request(port, "DELETE", "/todos/7") == (404, {"error": "no such todo"})
            assert request(port, "DELETE", "/todos/1") == (204, None)
            assert request(port, "DELETE", "/todos/1")[0] == 429  # the sixth change
            assert request(port, "GET", "/todos/one")[0] == 400
            assert request(port, "GET", "/todos") == (200, [])
        finally:
            server.terminate()


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    for words, message in (
        (["--template", "blog", "x"], "error: unknown init template 'blog'; supported templates: todo-api.\n"),
        (["--db", "sqlite", "x"], "error: `--db` is only supported with `--template todo-api`.\n"),
        (["--template", "todo-api", "--clustered", "x"], "error: `--clustered` cannot be combined with `--template`.\n"),
    ):
        done = meshpy("new", *words, folder=tmp_path)
        assert (done.returncode, done.stderr) == (1, message)
    assert meshpy("new", "--db", "oracle", "x", folder=tmp_path).returncode == 2
