"""The command line from outside: exit statuses, streams, texts, files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from meshpy.cli.main import main

HELLO = 'fn main() do\n  println("hello")\nend\n'
WRONG = 'fn main() do\n  println(undefined_thing)\n  println(1)\nend\n'
PROJECTS = {
    "hello": {"main.mpl": HELLO},
    "wrong": {"main.mpl": WRONG},
    "syntax": {"main.mpl": "fn main() do\n  let = 3\nend\n"},
    "empty": {"readme.txt": "nothing"},
    "warned": {"main.mpl": 'fn f(n) do\n  case n do\n    _ -> 1\n    2 -> 2\n  end\nend\n\nfn main() do\n  println("${f(1)}")\nend\n'},
    "cycle": {"main.mpl": "import A\nfn main() do\n  A.f()\nend\n", "a.mpl": "import B\npub fn f() do\n  B.g()\nend\n", "b.mpl": "import A\npub fn g() do\n  A.f()\nend\n"},
    "entry": {"mesh.toml": '[package]\nname = "x"\nversion = "1"\nentrypoint = "lib/start.mpl"\n', "lib/start.mpl": HELLO},
    "absent": {"mesh.toml": '[package]\nname = "x"\nversion = "1"\nentrypoint = "lib/start.mpl"\n'},
    "outside": {"mesh.toml": '[package]\nname = "x"\nversion = "1"\nentrypoint = "../x.mpl"\n'},
    "badtoml": {"mesh.toml": "[package\n", "main.mpl": HELLO},
    "cluster": {"mesh.toml": '[package]\nname = "x"\nversion = "1"\n[cluster]\n', "main.mpl": HELLO},
    "exits": {"main.mpl": 'fn main() do\n  println("out")\n  let n = 1 / 0\n  println("${n}")\nend\n'},
}  # fmt: skip

# command line, exit status, parts of stdout, parts of stderr
CASES = [
    ("", 2, [], ["usage: meshpy COMMAND"]),
    ("--help", 0, ["usage: meshpy COMMAND", "build"], []),
    ("help build", 0, ["usage: meshpy build", "--opt-level"], []),
    ("-V", 0, ["meshpy 0."], []),
    ("buld", 2, [], ["unknown command `buld`; did you mean `build`?"]),
    ("build --frobnicate", 2, [], ["unrecognized arguments: --frobnicate"]),
    ("build hello --opt-level 7", 2, [], ["invalid choice"]),
    ("check nowhere", 1, [], ["error: Project directory 'nowhere' does not exist"]),
    ("check empty/readme.txt", 1, [], ["error: 'empty/readme.txt' is not a directory"]),
    ("check empty", 1, [], ["error: No 'main.mpl' found in 'empty'. Mesh projects must have a main.mpl entry point."]),
    ("check absent", 1, [], ["error: Entrypoint 'lib/start.mpl' was not found in project 'absent'"]),
    ("check outside", 1, [], ["error: `[package].entrypoint` must stay within the project root, got `../x.mpl`"]),
    ("check badtoml", 1, [], ["error: Failed to parse badtoml/mesh.toml"]),
    ("check cluster", 1, [], ["`[cluster]` manifest sections are no longer supported"]),
    ("check hello", 0, [], []),
    ("check hello/main.mpl", 0, [], []),
    ("check entry", 0, [], []),
    ("check wrong", 1, [], ["[E0004] Error: undefined variable: undefined_thing", "╭─[ wrong/main.mpl:2:11 ]", "Compilation failed due to errors above."]),
    ("check syntax", 1, [], ["[P0001] Error: ", "syntax/main.mpl:2:", "error: Compilation failed"]),
    ("check cycle", 1, [], ["error: Circular dependency: A -> B -> A", "cycle/a.mpl:1:1"]),
    ("check warned", 0, [], ["[W0001] Warning: redundant match arm"]),
    ("build wrong", 1, [], ["[E0004]", "error: Compilation failed due to errors above."]),
    ("build hello --target mips-unknown-linux-gnu", 1, [], ["no runtime archive exists for the target"]),
    ("build hello -o nowhere/at/all", 1, [], ["cannot write `nowhere/at/all`"]),
    ("build hello -o empty", 1, [], ["cannot write the program to 'empty': it is a directory"]),
    ("build hello -o /dev/null", 1, [], ["it is not a regular file"]),
    ("build hello --emit core", 0, ["mesh_println"], []),
    ("build hello --emit llvm", 0, ["define", "mesh_println"], []),
    ("explain E0004", 0, ["E0004: ", "Wrong:", "Right:"], []),
    ("explain e0004", 0, ["E0004: "], []),
    ("explain E9999", 1, [], ["there is no diagnostic `E9999`"]),
    ("explain", 0, ["E0001", "W0001", "P0001", "C0001"], []),
    ("new ../up", 1, [], ["it contains `..`"]),
    ("new hello", 1, [], ["error: Directory 'hello' already exists"]),
    ("new --template todo x", 1, [], ["unknown init template 'todo'; supported templates: todo-api."]),
    ("test nowhere", 1, [], ["error: Test target 'nowhere' does not exist"]),
    ("test hello --coverage", 1, [], ["coverage reporting is not implemented for `meshpy test`"]),
    ("test hello", 0, ["No *.test.mpl files found."], []),
    ("stdlib header", 0, ["void mesh_println(mesh_ctx *ctx, mesh_string *text);"], []),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, files in PROJECTS.items():
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def meshpy(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "meshpy", *words], capture_output=True, text=True, timeout=120, env={**os.environ, **env})


@pytest.mark.parametrize(("line", "status", "out", "err"), CASES, ids=[c[0] or "nothing" for c in CASES])
def test_command(place: Path, capfdbinary: pytest.CaptureFixture[bytes], line: str, status: int, out: list[str], err: list[str]) -> None:
    try:
        found: object = main(line.split())
    except SystemExit as ended:
        found = ended.code
    sys.stdout.flush()
    stdout, stderr = (part.decode() for part in capfdbinary.readouterr())
    assert found in (status, None if status == 0 else status), stderr
    for text in out:
        assert text in stdout
    for text in err:
        assert text in stderr
    assert "Traceback" not in stderr
    assert "\033[" not in stdout + stderr  # no terminal, no colours
    if not out:
        assert stdout == ""
    if not err:
        assert stderr == ""


def test_build_places_the_program(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = meshpy("build", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "  Compiled: hello/hello\n")
    assert subprocess.run(["hello/hello"], capture_output=True, text=True).stdout == "hello\n"
    assert (place / "hello" / "hello").stat().st_size < 1_000_000
    monkeypatch.chdir(place / "hello")
    assert main(["build", "-o", "other", "--emit-llvm", "--no-color"]) == 0
    assert subprocess.run(["./other"], capture_output=True, text=True).stdout == "hello\n"
    assert "mesh_println" in (place / "hello" / "other.ll").read_text()
    assert sorted(p.name for p in (place / "hello").iterdir()) == ["hello", "main.mpl", "other", "other.ll"]


def test_build_of_a_single_file(place: Path) -> None:
    assert meshpy("build", "hello/main.mpl").stderr == "  Compiled: hello/main\n"
    assert meshpy("run", "hello/main.mpl").stdout == "hello\n"


def test_run_passes_on_status_streams_and_arguments(place: Path) -> None:
    done = meshpy("run", "exits")
    assert (done.returncode, done.stdout) == (134, "out\n")
    assert done.stderr.startswith("Mesh panic at exits/main.mpl:3: division by zero")
    assert meshpy("run", "hello", "--", "--opt-level").returncode == 0
    assert [p.name for p in (place / "hello").iterdir()] == ["main.mpl"]


DEEP = """fn deep(n :: Int) -> Int do
  if n == 0 do
    1 / n
  else
    deep(n - 1) + 1
  end
end

fn main() do
  println("${deep(2)}")
end
"""


@pytest.mark.parametrize("level", ["0", "2"])
def test_backtraces_name_functions_and_lines(place: Path, level: str) -> None:
    (place / "deep.mpl").write_text(DEEP)
    lines = meshpy("run", "--opt-level", level, "deep.mpl").stderr.splitlines()
    assert lines[:4] == ["Mesh panic at deep.mpl:3: division by zero", "  at deep (deep.mpl:3)", "  at deep (deep.mpl:5)", "  at deep (deep.mpl:5)"]


def test_json(place: Path) -> None:
    done = meshpy("check", "wrong", "--json")
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    start = WRONG.index("undefined_thing")
    assert rows[0] == {
        "code": "E0004", "severity": "error", "message": "unbound variable `undefined_thing`", "file": "wrong/main.mpl",
        "spans": [{"start": start, "end": start + 15, "label": "not found in this scope"}], "fix": None,
    }  # fmt: skip
    assert rows[-1] == {
        "code": "C0001", "severity": "error", "message": "Compilation failed due to errors above.", "file": "", "spans": [], "fix": None,
    }  # fmt: skip
    assert json.loads(meshpy("check", "empty", "--json").stderr)["code"] == "C0001"
    assert meshpy("build", "hello", "--json").stderr == ""


def test_unchanged_input_comes_from_the_cache(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from meshpy import api

    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    assert not api.build_project("warned").cached
    second = api.build_project("warned")
    assert second.cached and [d.code for d in second.diagnostics] == ["W0001"]
    assert subprocess.run(["warned/warned"], capture_output=True, text=True).stdout == "1\n"
    (place / "warned" / "main.mpl").write_text(HELLO)
    assert not api.build_project("warned").cached
    assert subprocess.run(["warned/warned"], capture_output=True, text=True).stdout == "hello\n"
    assert [d.code for d in api.check_project("wrong").diagnostics] == [d.code for d in api.check_project("wrong").diagnostics] != []
    assert meshpy("clean", XDG_CACHE_HOME=str(place / "cache")).returncode == 0
    assert not (place / "cache" / "meshpy").exists()


def test_an_unwritable_cache_is_done_without(place: Path) -> None:
    done = meshpy("check", "wrong", XDG_CACHE_HOME="/proc/nowhere")
    assert done.returncode == 1 and "[E0004]" in done.stderr
    done = meshpy("build", "hello", XDG_CACHE_HOME="/proc/nowhere")
    assert done.returncode == 1 and "cannot write object code" in done.stderr and "Traceback" not in done.stderr


def test_no_compiler(place: Path) -> None:
    done = meshpy("build", "hello", CC="no-such-compiler")
    assert done.returncode == 1
    assert done.stderr.startswith("error: the C compiler `no-such-compiler` (from CC) was not found\n  help: ")


def test_empty_runtime_path(place: Path) -> None:
    assert "MESH_RT_LIB_PATH was set but empty" in meshpy("build", "hello", MESH_RT_LIB_PATH="").stderr
    assert "does not exist" in meshpy("build", "hello", MESH_RT_LIB_PATH="/nowhere/libmeshrt.a").stderr


def test_internal_errors_are_reported_in_a_file(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from meshpy import api

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setattr(api, "check_project", broken)
    assert main(["check", "hello"]) == 70
    err = capsys.readouterr().err
    assert err.startswith("error: internal error: ZeroDivisionError: inside\n  help: this is a defect of meshpy") and "Traceback" not in err
    (report,) = (place / "cache" / "meshpy" / "reports").iterdir()
    text = report.read_text()
    assert "Traceback" in text and "command: meshpy check hello" in text


def test_a_dying_code_generator_is_an_internal_error(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from meshpy.backend import build

    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setattr(build, "_compile", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    assert main(["build", "hello"]) == 70
    assert "the code generator died (signal 9)" in capsys.readouterr().err


def test_new_project_builds_and_runs(place: Path) -> None:
    done = meshpy("new", "fresh")
    assert (done.returncode, done.stdout) == (0, "Created project 'fresh'\n")
    assert meshpy("run", "fresh").stdout == "Hello from Mesh!\n"


TESTS = """
describe("numbers") do
  setup() do
    let seven = 7
  end

  test("right") do
    assert(seven == 7)
  end

  test("wrong") do
    assert_eq(seven, 8)
  end
end

test("panics") do
  assert(10 / zero() == 1)
end

test("raises") do
  assert_raises(fn() do println("${1 / zero()}") end)
end

fn zero() = 0
"""


def test_test_command(place: Path) -> None:
    (place / "hello" / "tests").mkdir()
    (place / "hello" / "tests" / "a.test.mpl").write_text(TESTS)
    (place / "hello" / "tests" / "b.test.mpl").write_text("test(\"x\") do\n  assert(totl)\nend\n")
    done = meshpy("test", "hello")
    assert done.returncode == 1
    for text in ("✓ numbers > right", "✗ numbers > wrong", "left:  7", "right: 8", "✗ panics", "division by zero", "✓ raises", "Failures:",
                 "2 failed, 2 passed in ", "COMPILE ERROR: tests/b.test.mpl", "3 failed, 2 passed in", "(2 files)"):  # fmt: skip
        assert text in done.stdout, done.stdout
    assert "[E0004]" in done.stderr
    quiet = meshpy("test", "hello/tests/a.test.mpl", "--quiet")
    assert quiet.returncode == 1 and "✓" not in quiet.stdout and "✗ panics" in quiet.stdout
    assert "(1 file)" in quiet.stdout


def test_python_interface() -> None:
    import meshpy as package

    found = package.check_source("fn main() do\n  println(1 + true)\nend\n")
    assert not found.ok and found.diagnostics[0].code in ("E0001", "E0006")
    assert package.check_source(HELLO).ok
    with pytest.raises(package.ProjectError):
        package.check_project("/nowhere")


def test_check_starts_without_llvm(place: Path) -> None:
    code = "import sys; from meshpy.cli.main import main; main(['check', 'hello']); sys.exit('llvmlite' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
