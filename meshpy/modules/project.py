"""Project discovery: which files belong to a program, what their modules are called, how they import each other.

``load_project`` takes a project directory or a single file and returns a ``Project``; it raises nothing for a
user's mistake. The modules of a ``Project`` are in dependency order (dependencies first, ties by name).
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from meshpy.diagnostics import Diagnostic, Label, Severity
from meshpy.modules.graph import find_cycle, topological_order
from meshpy.modules.names import module_name, pascal_case
from meshpy.modules.parsing import Text, parse_texts
from meshpy.syntax import ast

_IMPORT = re.compile(rb"^[ \t]*(?:import|from)[ \t]+([A-Z][\w.]*)", re.MULTILINE)


@dataclass(slots=True, eq=False)
class Import:
    """One import declaration. ``target`` is the project module it resolves to, else None (library or unknown)."""

    decl: ast.ImportDecl | ast.FromImport
    target: str | None


@dataclass(slots=True, eq=False)
class SourceModule:
    """One file of the program. ``path`` is how diagnostics call it; ``relative`` is relative to its root."""

    name: str
    path: str
    relative: str
    source: bytes
    file: ast.SourceFile
    is_test: bool = False
    nested: list[ast.Item] = field(default_factory=list)  # definitions and imports inside blocks
    imports: list[Import] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Project:
    """``modules`` in dependency order; ``entry`` names the module that defines ``main``; ``entry_file`` is its path
    relative to the root. ``snippet`` projects (one text, REPL and tests) need no ``main``."""

    root: str
    entry: str
    entry_file: str
    modules: list[SourceModule]
    diagnostics: list[Diagnostic]
    snippet: bool = False

    @property
    def ok(self) -> bool:
        return not any(d.is_error for d in self.diagnostics)


def load_project(path: str | os.PathLike[str], *, tests: Iterable[str | os.PathLike[str]] = (),
                 overlay: Mapping[str, bytes] | None = None) -> Project:
    """The project at ``path``: a directory, or one ``.mpl`` file, which is the entry of a program made of it and what it
    imports from its folder (or from the project around it).

    ``tests`` are test files to add (they are skipped otherwise); ``overlay`` replaces file contents by path (an
    editor's unsaved text). Raises OSError when ``path`` cannot be read.
    """
    given = os.fspath(path)
    overlay = overlay or {}
    if not os.path.isdir(given):
        return _load_file(given, overlay)
    diagnostics: list[Diagnostic] = []
    entry_file = _entry_file(given, diagnostics)
    units: list[tuple[str, str, str, bytes]] = []
    for relative in _discover(given):
        shown = _join(given, relative)
        source = overlay.get(shown)
        if source is None:
            source = Path(shown).read_bytes()
        units.append((module_name(PurePath(relative)), shown, relative, source))
    for package in _package_roots(given):
        for relative in _discover(package):
            if relative == "main.mpl":
                continue
            shown = _join(package, relative)
            units.append((module_name(PurePath(relative)), shown, relative, Path(shown).read_bytes()))
    for test in tests:
        shown = os.fspath(test)
        source = overlay.get(shown)
        if source is None:
            source = Path(shown).read_bytes()
        relative = os.path.relpath(shown, given).replace(os.sep, "/")
        units.append((module_name(PurePath(relative)), shown, relative, source))
    return _assemble(given, units, entry=module_name(PurePath(entry_file)), entry_file=entry_file, diagnostics=diagnostics,
                     unsaved=overlay)


def project_from_texts(files: Mapping[str, str | bytes], *, entry_file: str = "main.mpl", snippet: bool = False) -> Project:
    """A project out of texts by relative path, for tests, the REPL and the editor."""
    units = []
    for relative, text in files.items():
        source = text.encode() if isinstance(text, str) else text
        units.append((module_name(PurePath(relative)), relative, relative, source))
    return _assemble(".", units, entry=module_name(PurePath(entry_file)), entry_file=entry_file, diagnostics=[], snippet=snippet,
                     unsaved=files)


def _load_file(given: str, overlay: Mapping[str, bytes]) -> Project:
    """A file and what it imports, directly or not."""
    units = _file_units(given, overlay)
    folder, name = os.path.split(given)
    return _assemble(folder or ".", units, entry=units[0][0], entry_file=name, diagnostics=[], unsaved=overlay)


def imported_files(given: str) -> list[str]:
    """The paths of a file and of what it imports, directly or not."""
    try:
        return [shown for _, shown, _, _ in _file_units(given, {})]
    except OSError:
        return [given]


def _file_units(given: str, overlay: Mapping[str, bytes]) -> list[tuple[str, str, str, bytes]]:
    folder = os.path.dirname(given) or "."
    roots = [folder, *filter(None, [_root_above(folder)])]
    name = os.path.basename(given)
    # A single file is the entry module whatever it is called.
    entry = "Main" if not name.endswith(".test.mpl") else module_name(PurePath(name))
    units: dict[str, tuple[str, str, str, bytes]] = {}
    pending = [(entry, given, name)]
    while pending:
        module, shown, relative = pending.pop()
        source = overlay.get(shown)
        if source is None:
            source = Path(shown).read_bytes()
        units[module] = (module, shown, relative, source)
        for match in _IMPORT.finditer(source):
            target = match[1].decode()
            if target in units:
                continue
            for root in roots:
                found = _module_file(root, target)
                if found is not None and not os.path.samefile(_join(root, found), given):
                    pending.append((target, _join(root, found), found))
                    break
    return list(units.values())


def _root_above(folder: str) -> str | None:
    """The nearest folder above ``folder`` with a manifest, or with a ``main.mpl``."""
    above = list(Path(folder).absolute().parents)
    for name in ("mesh.toml", "main.mpl"):
        for parent in above:
            if (parent / name).exists():
                return os.path.relpath(parent)
    return None


def _module_file(root: str, target: str) -> str | None:
    """The file below ``root`` whose module is called ``target``, relative to it."""
    relative = ""
    parts = target.split(".")
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        try:
            names = sorted(os.listdir(os.path.join(root, relative)))
        except OSError:
            return None
        for name in names:
            stem, ending = (name[:-4], name[-4:]) if last else (name, "")
            if ending == (".mpl" if last else "") and not name.endswith(".test.mpl") and pascal_case(stem) == part:
                relative = f"{relative}/{name}" if relative else name
                break
        else:
            return None
    return relative


def _join(root: str, relative: str) -> str:
    return os.path.join(root, *relative.split("/")) if root != "." else relative


def _entry_file(root: str, diagnostics: list[Diagnostic]) -> str:
    manifest = os.path.join(root, "mesh.toml")
    if not os.path.exists(manifest):
        return "main.mpl"
    import tomllib

    try:
        with open(manifest, "rb") as handle:
            data = tomllib.load(handle)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        diagnostics.append(Diagnostic("C0001", Severity.ERROR, f"Failed to parse {manifest}: {error}",
                                      (Label(manifest, 0, 0, ""),)))
        return "main.mpl"
    package = data.get("package")
    entry = package.get("entrypoint") if isinstance(package, dict) else None
    return entry.removeprefix("./") if isinstance(entry, str) else "main.mpl"


def _discover(root: str) -> list[str]:
    """Relative paths of the source files below ``root``, sorted; hidden names and test files are left out."""
    found: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(os.path.join(root, folder)) as entries:
            for item in entries:
                if item.name.startswith("."):
                    continue
                relative = f"{folder}/{item.name}" if folder else item.name
                if item.is_dir():
                    pending.append(relative)
                elif item.name.endswith(".mpl") and not item.name.endswith(".test.mpl"):
                    found.append(relative)
    return sorted(found)


def _package_roots(root: str) -> list[str]:
    """Installed packages: every directory below ``.mesh/packages`` with a manifest and none deeper."""
    base = os.path.join(root, ".mesh", "packages")
    if not os.path.isdir(base):
        return []
    with_manifest = sorted(folder for folder, _, files in os.walk(base) if "mesh.toml" in files)
    return [f for f in with_manifest if not any(o.startswith(f + os.sep) for o in with_manifest)]


def _assemble(root: str, units: list[tuple[str, str, str, bytes]], *, entry: str, entry_file: str,
              diagnostics: list[Diagnostic], snippet: bool = False, unsaved: Container[str] = ()) -> Project:
    modules: dict[str, SourceModule] = {}
    # Syntax trees are only built here, never dropped: collecting in between finds nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _parse_units(units, modules, diagnostics, unsaved)
    finally:
        if collecting:
            gc.enable()
    for module in modules.values():
        _resolve_imports(module, modules, diagnostics)
    edges = {name: sorted({i.target for i in m.imports if i.target is not None and i.target != name})
             for name, m in modules.items()}
    cycle = find_cycle(edges)
    if cycle is not None:
        text = " -> ".join([*cycle, cycle[0]])
        first = modules[cycle[0]]
        decl = next(i.decl for i in first.imports if i.target == cycle[1 % len(cycle)])
        diagnostics.append(Diagnostic("C0001", Severity.ERROR, f"Circular dependency: {text}",
                                      (Label(first.path, decl.start, decl.end, ""),)))
        ordered = sorted(modules)
    else:
        ordered = topological_order(edges)
    return Project(root, entry, entry_file, [modules[name] for name in ordered], diagnostics, snippet)


def _parse_units(units: list[tuple[str, str, str, bytes]], modules: dict[str, SourceModule],
                 diagnostics: list[Diagnostic], unsaved: Container[str]) -> None:
    texts = [Text(shown, source, relative.endswith(".test.mpl"), shown not in unsaved) for _, shown, relative, source in units]
    for (name, shown, relative, source), text, parsed in zip(units, texts, parse_texts(texts)):
        diagnostics.extend(parsed.diagnostics)
        other = modules.get(name)
        if other is not None:
            diagnostics.append(Diagnostic(
                "C0001", Severity.ERROR, f"module `{name}` is defined by both `{other.relative}` and `{relative}`",
                (Label(shown, 0, 0, ""), Label(other.path, 0, 0, ""))))
            continue
        modules[name] = SourceModule(name, shown, relative, source, parsed.file, text.is_test, parsed.nested)


def _resolve_imports(module: SourceModule, modules: Mapping[str, SourceModule], diagnostics: list[Diagnostic]) -> None:
    if module.file is None:
        return
    for item in (*module.file.body, *module.nested):
        if type(item) is not ast.ImportDecl and type(item) is not ast.FromImport:
            continue
        target = item.path.text
        if target == module.name:
            diagnostics.append(Diagnostic("C0001", Severity.ERROR, f"Module '{target}' cannot import itself",
                                          (Label(module.path, item.start, item.end, ""),)))
            continue
        module.imports.append(Import(item, target if target in modules else None))
