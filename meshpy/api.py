"""The Python interface of the compiler.

    >>> import meshpy
    >>> meshpy.check_source('fn main() do println(1 + "a") end').diagnostics[0].code
    'E0001'

``check_source``, ``check_project`` and ``build_project`` return what they found as values: mistakes in a Mesh program are
``Diagnostic`` values of the result, never exceptions. ``ProjectError`` is raised for what is not a program (no such
folder, no entry file), ``BuildError`` when this machine cannot build it, ``InternalError`` for a defect of the compiler.
Results of unchanged input come from the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meshpy.backend.errors import BuildError, InternalError
from meshpy.backend.paths import toolchain_digest
from meshpy.cache import Store, prune, write_atomically
from meshpy.diagnostics import Diagnostic, Label, Severity

if TYPE_CHECKING:
    from meshpy.core.ir import Program
    from meshpy.modules import Project

__all__ = [
    "BuildError",
    "BuildResult",
    "CheckResult",
    "InternalError",
    "ProjectError",
    "build_project",
    "build_tests",
    "check_project",
    "check_source",
    "emit_project",
]


class ProjectError(Exception):
    """What was named is not a Mesh program; ``message`` is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found, in the order in which it is shown."""

    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        return not any(d.is_error for d in self.diagnostics)


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build found and made: ``output`` is the program, None when there were errors. ``cached``: nothing had
    changed since an earlier build."""

    diagnostics: tuple[Diagnostic, ...]
    output: Path | None
    cached: bool = False

    @property
    def ok(self) -> bool:
        return self.output is not None


# ---- input


def project_path(path: str | os.PathLike[str]) -> str:
    """``path`` as given, when it is a project folder or a ``.mpl`` file. Raises ProjectError."""
    given = os.fspath(path)
    if not os.path.exists(given):
        raise ProjectError(f"Project directory '{given}' does not exist")
    if os.path.isdir(given):
        return os.path.normpath(given)
    if not given.endswith(".mpl"):
        raise ProjectError(f"'{given}' is not a directory")
    return given


def entry_file(folder: str) -> str:
    """The entry point of a project folder, relative to it. Raises ProjectError."""
    manifest = os.path.join(folder, "mesh.toml")
    entry = "main.mpl"
    declared = False
    if os.path.exists(manifest):
        import tomllib

        try:
            with open(manifest, "rb") as file:
                data = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProjectError(f"Failed to parse {manifest}: {error}") from None
        except OSError as error:
            raise ProjectError(f"Failed to read {manifest}: {error.strerror}") from None
        if "cluster" in data:
            raise ProjectError(
                "`[cluster]` manifest sections are no longer supported; move clustered declarations into source with "
                "`@cluster` or `@cluster(N)`"
            )
        package = data.get("package")
        if isinstance(package, dict) and "entrypoint" in package:
            entry, declared = _entrypoint(package["entrypoint"], manifest), True
    target = os.path.join(folder, entry)
    if os.path.isdir(target):
        raise ProjectError(f"Entrypoint '{entry}' in project '{folder}' is not a file")
    if not os.path.exists(target):
        if declared:
            raise ProjectError(f"Entrypoint '{entry}' was not found in project '{folder}'")
        raise ProjectError(f"No 'main.mpl' found in '{folder}'. Mesh projects must have a main.mpl entry point.")
    return entry


def _entrypoint(value: object, manifest: str) -> str:
    rule = "`[package].entrypoint` must"
    if not isinstance(value, str):
        raise ProjectError(f"Failed to parse {manifest}: {rule} be a string")
    text = value.strip()
    if not text:
        raise ProjectError(f"{rule} not be blank")
    if os.path.isabs(text):
        raise ProjectError(f"{rule} be project-root-relative, got absolute path `{value}`")
    if ".." in text.split("/"):
        raise ProjectError(f"{rule} stay within the project root, got `{value}`")
    text = "/".join(part for part in text.split("/") if part not in ("", "."))
    if not text.endswith(".mpl"):
        raise ProjectError(f"{rule} end with `.mpl`, got `{value}`")
    return text


def _input_files(path: str) -> list[str]:
    """Every file that can change the meaning of the program at ``path``. Of a single file these are the files that it
    imports, found again from its text: nobody may have to read a whole home folder."""
    if not os.path.isdir(path):
        from meshpy.modules.project import imported_files

        return imported_files(path)
    root = path
    found = []
    for base, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") or f == ".mesh")
        found += [os.path.join(base, n) for n in sorted(names) if n.endswith(".mpl") or n == "mesh.toml"]
    return found


def _input_key(path: str, *what: object) -> str:
    digest = hashlib.sha256(repr((toolchain_digest(), path, *what)).encode())
    for file in _input_files(path):
        try:
            data = Path(file).read_bytes()
        except OSError:
            data = b""
        digest.update(f"\0{file}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


# ---- cached diagnostics


def _pack(diagnostics: tuple[Diagnostic, ...]) -> bytes:
    rows = [
        [d.code, d.severity.value, d.message, [[x.path, x.start, x.end, x.text] for x in d.labels], d.notes, d.helps]
        for d in diagnostics
    ]
    return json.dumps(rows).encode()


def _unpack(data: bytes) -> tuple[Diagnostic, ...] | None:
    try:
        return tuple(
            Diagnostic(code, Severity(severity), message, tuple(Label(*x) for x in labels), tuple(notes), tuple(helps))
            for code, severity, message, labels, notes, helps in json.loads(data)
        )
    except (ValueError, TypeError):
        return None


# ---- stages


def _load(path: str) -> Project:
    from meshpy.modules import load_project

    if os.path.isdir(path):
        entry_file(path)
    try:
        return load_project(path)
    except UnicodeDecodeError:
        raise ProjectError(f"Failed to read '{path}': stream did not contain valid UTF-8") from None
    except OSError as error:
        raise ProjectError(f"Failed to read '{error.filename or path}': {error.strerror}") from None


def _check(project: Project) -> tuple[object | None, tuple[Diagnostic, ...]]:
    """The typed program, or None when there were errors."""
    from meshpy.types import check

    result = check(project)
    return result.program, tuple(result.diagnostics)


def _lower(typed: object) -> Program:
    from meshpy.core import EndlessTypes, lower

    try:
        return lower(typed)
    except EndlessTypes as error:
        raise BuildError(str(error), "a generic type may contain itself, but at its own parameters only") from None


# ---- entry points


def check_source(source: str | bytes, path: str = "main.mpl") -> CheckResult:
    """Checks one text as a program of its own that needs no ``main``. ``path`` names it in diagnostics."""
    from meshpy.modules import project_from_texts

    project = project_from_texts({path: source}, entry_file=path, snippet=True)
    return CheckResult(_check(project)[1])


def check_project(path: str | os.PathLike[str], *, use_cache: bool = True) -> CheckResult:
    """Checks a project folder or a single file. Raises ProjectError."""
    given = project_path(path)
    if os.path.isdir(given):
        entry_file(given)
    store = Store("checks")
    key = _input_key(given, "check")
    if use_cache:
        packed = store.read(key)
        known = _unpack(packed) if packed is not None else None
        if known is not None:
            return CheckResult(known)
    project = _load(given)
    if not os.path.isdir(given) and not _is_entry(given):
        project.snippet = True  # a file that no program starts with needs no `main`
    diagnostics = _check(project)[1]
    store.write(key, _pack(diagnostics))
    prune()
    return CheckResult(diagnostics)


def _is_entry(file: str) -> bool:
    """Whether a file is the entry of the project in its folder."""
    folder, name = os.path.split(file)
    try:
        return entry_file(folder or ".") == name
    except ProjectError:
        return False


def default_output(path: str) -> Path:
    """Where a build puts the program when nobody says: in its folder, named after it."""
    absolute = Path(path).absolute()
    if absolute.is_dir():
        absolute = Path(os.path.normpath(absolute))
        return Path(path) / (absolute.name or "output")
    return Path(path).with_suffix("")


def build_tests(
    root: str | os.PathLike[str], test: str | os.PathLike[str], output: str | os.PathLike[str], *, opt_level: int = 1
) -> BuildResult:
    """Builds the tests of one file of the project at ``root``: its modules without the entry point, and the test file,
    whose tests are the program. Raises ProjectError, BuildError and InternalError."""
    from meshpy.modules import load_project

    try:
        project = load_project(os.path.normpath(root), tests=[test])
    except OSError as error:
        raise ProjectError(f"Failed to read '{error.filename or root}': {error.strerror}") from None
    project.modules = [m for m in project.modules if m.is_test or m.name != project.entry]
    tests = next(m for m in project.modules if m.is_test)
    project.entry, project.entry_file = tests.name, tests.relative
    typed, diagnostics = _check(project)
    if typed is None:
        return BuildResult(diagnostics, None)
    from meshpy.backend.build import BuildOptions, build

    build(_lower(typed), Path(output), BuildOptions(opt_level))
    return BuildResult(diagnostics, Path(output))


def build_project(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    opt_level: int = 2,
    target: str = "",
    use_cache: bool = True,
) -> BuildResult:
    """Builds a project folder or a single file to the program ``output`` (default: ``default_output``).

    Raises ProjectError, BuildError and InternalError.
    """
    from meshpy.backend import runtime_lib

    given = project_path(path)
    if os.path.isdir(given):
        entry_file(given)
    out = Path(output) if output is not None else default_output(given)
    if out.exists() and not out.is_file():
        raise ProjectError(f"cannot write the program to '{out}': it is {'a directory' if out.is_dir() else 'not a regular file'}")
    runtime = runtime_lib.locate()
    key = _input_key(given, "build", opt_level, target, runtime.stamp, runtime.link_flags)
    programs, results = Store("programs"), Store("builds")
    if use_cache:
        program, packed = programs.read(key), results.read(key)
        known = _unpack(packed) if packed is not None else None
        if program is not None and known is not None:
            _place(program, out)
            return BuildResult(known, out, cached=True)
    typed, diagnostics = _check(_load(given))
    if typed is None:
        return BuildResult(diagnostics, None)
    from meshpy.backend.build import BuildOptions, build

    build(_lower(typed), out, BuildOptions(opt_level, target))
    if programs.write(key, out.read_bytes(), 0o755):
        results.write(key, _pack(diagnostics))
    return BuildResult(diagnostics, out)


def _place(program: bytes, output: Path) -> None:
    """Puts a cached program where it was asked for. Raises BuildError."""
    try:
        write_atomically(output, program, 0o777 & ~_umask())
    except OSError as error:
        raise BuildError(f"cannot write `{output}`: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def emit_project(path: str | os.PathLike[str], form: str, *, opt_level: int = 2, target: str = "") -> tuple[CheckResult, bytes | None]:
    """One stage of the compiler as text or bytes: ``core``, ``llvm`` (before optimisation), ``asm`` or ``obj``.

    Raises ProjectError, BuildError and InternalError.
    """
    given = project_path(path)
    typed, diagnostics = _check(_load(given))
    result = CheckResult(diagnostics)
    if typed is None:
        return result, None
    program = _lower(typed)
    if form == "core":
        from meshpy.core import dump

        return result, dump(program).encode()
    from meshpy.backend.build import BuildOptions, emit

    return result, emit(program, form, BuildOptions(opt_level, target))
