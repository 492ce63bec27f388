"""Programs of this folder as servers: built once, started for a test, spoken to from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from meshpy.api import build_project

HERE = Path(__file__).parent
BUILT = HERE.parents[1] / "build" / "io"
PATIENCE = 10.0  # seconds until something that should happen at once has failed


class Running:
    """A running program: its output line by line, and the ports that its servers listen on, in order."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._changed = threading.Condition()
        for stream, lines in ((process.stdout, self.out), (process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    def _read(self, stream, lines: list[str]) -> None:
        for line in stream:
            with self._changed:
                lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait(self, lines: list[str], condition: Callable[[list[str]], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: condition(lines), PATIENCE):
                raise AssertionError(f"{what}: {lines}")

    def wait_out(self, text: str, count: int = 1) -> None:
        self.wait(self.out, lambda lines: sum(text in line for line in lines) >= count, f"`{text}` on stdout")

    def wait_err(self, text: str, count: int = 1) -> None:
        self.wait(self.err, lambda lines: sum(text in line for line in lines) >= count, f"`{text}` on stderr")

    def port(self, number: int = 0) -> int:
        self.wait(self.err, lambda lines: len(_ports(lines)) > number, "listening port")
        return _ports(self.err)[number]

    def connect(self, number: int = 0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port(number)), timeout=PATIENCE)

    def stop(self, signal_number: int = signal.SIGKILL) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(PATIENCE + 10)


def _ports(lines: list[str]) -> list[int]:
    return [int(m[1]) for line in lines if (m := re.search(r"listening on .*:(\d+)$", line))]


def build(name: str) -> Path:
    """The executable of ``programs/NAME.mpl``."""
    BUILT.mkdir(parents=True, exist_ok=True)
    result = build_project(HERE / "programs" / f"{name}.mpl", BUILT / name)
    assert result.output is not None, "\n".join(f"{d.code} {d.message}" for d in result.diagnostics)
    return result.output


@contextmanager
def running(name: str, *arguments: str, **environment: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [build(name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )
    program = Running(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end."""
    return subprocess.run([build(name), *arguments], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **environment})


def read_all(connection: socket.socket) -> bytes:
    """Everything until the peer closes."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def read_some(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.01)
