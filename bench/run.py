"""The benchmark harness: every program beside every peer that this machine has, as ratios in one run.

    python bench/run.py [--rounds N] [--only NAME,NAME] [--readme]

Each implementation of a program is built once; then the rounds go through all of them in turn, so that a noisy moment
hits everybody. Printed: the median, the ratio to Mesh (above 1: Mesh is faster), and the peak memory. Every answer is
compared with the first one; a wrong answer is an error, not a number. Peers that are absent are named.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROGRAMS = HERE / "programs"
OUT = ROOT / "build" / "bench"


@dataclass
class Impl:
    """One implementation of one program: how to run it once it is built."""

    peer: str
    command: list[str]
    cwd: Path | None = None


@dataclass
class Result:
    peer: str
    values: list[float] = field(default_factory=list)
    peak_mib: float = 0.0
    error: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


absent: set[str] = set()
failures: list[str] = []


def have(tool: str, peer: str) -> bool:
    if shutil.which(tool):
        return True
    absent.add(peer)
    return False


def run_quiet(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def builders(name: str) -> list[tuple[str, Callable[[], Impl]]]:
    """(peer, function that builds it) for each source of program ``name``."""
    source = PROGRAMS / name
    out = OUT / name
    out.mkdir(parents=True, exist_ok=True)
    found: list[tuple[str, Callable[[], Impl]]] = []

    def mesh() -> Impl:
        run_quiet([sys.executable, "-m", "meshpy", "build", str(source / "main.mpl"), "-o", str(out / "mesh")], ROOT)
        return Impl("mesh", [str(out / "mesh")])

    found.append(("mesh", mesh))
    if (source / "main.c").exists():
        for compiler in ("gcc", "clang"):
            if have(compiler, f"C ({compiler})"):

                def c(compiler: str = compiler) -> Impl:
                    run_quiet([compiler, "-O2", "-o", str(out / compiler), str(source / "main.c")])
                    return Impl(f"C ({compiler})", [str(out / compiler)])

                found.append((f"C ({compiler})", c))
    go_dir = source / "go" if (source / "go").is_dir() else source
    if (go_dir / "main.go").exists() and have("go", "Go"):

        def go() -> Impl:
            if (go_dir / "go.mod").exists():
                shutil.copytree(go_dir, out / "gosrc", dirs_exist_ok=True)
                run_quiet(["go", "mod", "tidy"], out / "gosrc")
                run_quiet(["go", "build", "-o", str(out / "go"), "."], out / "gosrc")
            else:
                run_quiet(["go", "build", "-o", str(out / "go"), str(go_dir / "main.go")])
            return Impl("Go", [str(out / "go")])

        found.append(("Go", go))
    if (source / "rust" / "Cargo.toml").exists() and have("cargo", "Rust"):

        def cargo() -> Impl:
            shutil.copytree(source / "rust", out / "rustsrc", dirs_exist_ok=True)
            run_quiet(["cargo", "build", "--release", "--quiet"], out / "rustsrc")
            return Impl("Rust", [str(out / "rustsrc" / "target" / "release" / "main")])

        found.append(("Rust", cargo))
    elif (source / "main.rs").exists() and have("rustc", "Rust"):

        def rust() -> Impl:
            run_quiet(["rustc", "-O", "-o", str(out / "rust"), str(source / "main.rs")])
            return Impl("Rust", [str(out / "rust")])

        found.append(("Rust", rust))
    if (source / "main.erl").exists() and have("erlc", "Erlang"):

        def erlang() -> Impl:
            run_quiet(["erlc", "-o", str(out), str(source / "main.erl")])
            return Impl("Erlang", ["erl", "+P", "4000000", "-noshell", "-pa", str(out), "-eval", "main:main(), halt()."])

        found.append(("Erlang", erlang))
    if (source / "main.js").exists() and have("node", "Node"):

        def node() -> Impl:
            if name == "ws":
                run_quiet(["npm", "install", "--silent", "--prefix", str(out), "ws@8"])
            shutil.copy(source / "main.js", out / "main.js")
            return Impl("Node", ["node", str(out / "main.js")])

        found.append(("Node", node))
    return found


def build_all(name: str) -> list[Impl]:
    impls = []
    for peer, build in builders(name):
        try:
            impls.append(build())
        except (RuntimeError, OSError) as error:
            failures.append(f"{name}: {peer} does not build: {error}")
    return impls


def peak_and_time(command: list[str], timeout: float) -> tuple[float, float, bytes]:
    """Wall seconds, peak resident MiB and output of one run to its end."""
    start = time.perf_counter()
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as peak:
        try:
            # measure.c writes the peak to descriptor 3
            done = subprocess.run(
                ["sh", "-c", f'exec "$@" 3>&{write_end}', "sh", str(OUT / "measure"), *command],
                capture_output=True, pass_fds=(write_end,), timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"no end after {timeout:.0f} s") from None
        finally:
            os.close(write_end)
        elapsed = time.perf_counter() - start
        if done.returncode != 0:
            raise RuntimeError(f"exit status {done.returncode}: {done.stderr[-300:].decode(errors='replace')}")
        return elapsed, int(peak.read()) / 1024, done.stdout


def measure_runs(name: str, rounds: int) -> list[Result]:
    impls = build_all(name)
    results = {impl.peer: Result(impl.peer) for impl in impls}
    expected: bytes | None = None
    for _ in range(rounds):
        for impl in impls:
            result = results[impl.peer]
            if result.error:
                continue
            try:
                seconds, peak, output = peak_and_time(impl.command, 120)
            except RuntimeError as error:
                result.error = str(error)
                failures.append(f"{name}: {impl.peer}: {error}")
                continue
            expected = expected if expected is not None else output
            if output != expected:
                result.error = "wrong answer"
                failures.append(f"{name}: {impl.peer} answers {output[:80]!r}, expected {expected[:80]!r}")
                continue
            result.values.append(seconds)
            result.peak_mib = max(result.peak_mib, peak)
    return list(results.values())


class Server:
    """A server under load: started, waited for, measured, stopped."""

    def __init__(self, impl: Impl, port: int) -> None:
        self.process = subprocess.Popen(impl.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"{impl.peer} ended with {self.process.returncode}") from None
                time.sleep(0.025)
        self.stop()
        raise RuntimeError(f"{impl.peer} does not listen on port {port}")

    def peak_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def wrk_rate() -> float:
    done = subprocess.run(["wrk", "-t1", "-c64", "-d3s", "http://127.0.0.1:18080/hello"], capture_output=True, text=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    for line in done.stdout.splitlines():
        if line.startswith("Requests/sec"):
            return float(line.split()[1])
    raise RuntimeError(done.stdout + done.stderr)


def ws_rate(client: list[str]) -> float:
    done = subprocess.run(client, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[:300])
    return float(done.stdout)


def measure_server(name: str, port: int, load: Callable[[], float], rounds: int) -> list[Result]:
    impls = build_all(name)
    results = {impl.peer: Result(impl.peer) for impl in impls}
    for _ in range(rounds):
        for impl in impls:
            result = results[impl.peer]
            if result.error:
                continue
            try:
                server = Server(impl, port)
                try:
                    load()  # warm-up
                    result.values.append(load())
                    result.peak_mib = max(result.peak_mib, server.peak_mib())
                finally:
                    server.stop()
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                result.error = str(error)
                failures.append(f"{name}: {impl.peer}: {error}")
    return list(results.values())


RUNS = {
    "fib": "fib(40)",
    "collatz": "Collatz to 3 million",
    "mandelbrot": "Mandelbrot 1500 x 1500 x 200",
    "trees": "40 binary trees of depth 18",
    "closures": "1,000 x map, filter, reduce over 10,000 Ints",
    "append": "1 million List.append",
    "mapput": "1 million Map.put, string keys",
    "concat": "1 million <> on one string",
    "json": "200,000 JSON round trips",
    "calls": "1 million service calls",
    "spawn": "1 million actors spawned, messaged, ended",
    "ring": "ring of 1,000 actors, 10 million hops",
    "waiting": "1 million waiting actors (see memory)",
}


def table(title: str, unit: str, results: list[Result], higher_is_better: bool) -> list[str]:
    mesh = next((r for r in results if r.peer == "mesh" and r.values), None)
    lines = []
    for r in results:
        if not r.values:
            lines.append(f"| {title} | {r.peer} | failed | | |")
            continue
        ratio = ""
        if mesh and r is not mesh:
            factor = mesh.median / r.median if higher_is_better else r.median / mesh.median
            ratio = f"{factor:.2f}"
        value = f"{r.median:,.0f}" if higher_is_better else f"{r.median:.3f}"
        lines.append(f"| {title} | {r.peer} | {value} {unit} | {ratio} | {r.peak_mib:,.0f} |")
        title = ""
    return lines


def measure_mesher(rounds: int) -> list[str]:
    sys.path.insert(0, str(HERE / "mesher"))
    from mesher import measure

    binary = OUT / "mesher" / "mesher"
    binary.parent.mkdir(parents=True, exist_ok=True)
    try:
        run_quiet([sys.executable, "-m", "meshpy", "build", str(ROOT / "mesher"), "-o", str(binary)], ROOT)
        ours, theirs, peak = measure(binary, binary.parent, rounds)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        failures.append(f"mesher: {error}")
        return ["| Mesher, accepted events into PostgreSQL | mesh | failed | | |"]
    results = [Result("mesh", ours, peak), Result("C, the same SQL", theirs)]
    return table("Mesher, accepted events into PostgreSQL", "/s", results, True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    only = set(filter(None, options.only.split(",")))
    lines = ["| program | who | median | Mesh is faster by | peak MiB |", "| --- | --- | --- | --- | --- |"]

    def show(rows: list[str]) -> None:
        lines.extend(rows)
        print("\n".join(rows), flush=True)

    OUT.mkdir(parents=True, exist_ok=True)
    run_quiet(["cc", "-O2", "-o", str(OUT / "measure"), str(HERE / "measure.c")])
    print("\n".join(lines))
    for name, title in RUNS.items():
        if not only or name in only:
            show(table(title, "s", measure_runs(name, options.rounds), False))
    if (not only or "http" in only) and have("wrk", "wrk (the HTTP load)"):
        show(table("HTTP, 64 keep-alive connections", "/s", measure_server("http", 18080, wrk_rate, options.rounds), True))
    if (not only or "ws" in only) and have("go", "Go (the WebSocket load)"):
        client = OUT / "wsclient"
        shutil.copytree(PROGRAMS / "ws" / "client", client, dirs_exist_ok=True)
        run_quiet(["go", "mod", "tidy"], client)
        run_quiet(["go", "build", "-o", "client", "."], client)
        load = lambda: ws_rate([str(client / "client")])  # noqa: E731
        show(table("WebSocket room of 200, deliveries", "/s", measure_server("ws", 18081, load, options.rounds), True))
    if (not only or "mesher" in only) and have("wrk", "wrk (the HTTP load)"):
        show(measure_mesher(options.rounds))
    if absent:
        print("absent here:", ", ".join(sorted(absent)))
    for failure in failures:
        print("FAILED", failure, file=sys.stderr)
    if options.readme:
        readme = ROOT / "README.md"
        text = readme.read_text()
        begin, end = "<!-- bench -->\n", "<!-- /bench -->"
        head, rest = text.split(begin)
        readme.write_text(head + begin + "\n".join(lines) + "\n" + end + rest.split(end)[1])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
