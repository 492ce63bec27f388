"""Checks the table of the standard library: `meshpy stdlib check`.

Every C function that the interface files declare must be exported by an archive of the runtime, and every function must be
named by a test. Also `meshpy stdlib header`: prints the C prototypes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from meshpy.cli.terminal import fail

_TEST_FILES = frozenset((".mpl", ".mesh", ".md", ".py", ".txt"))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("check", "header"), help="what to do")


def run(args: argparse.Namespace) -> int:
    from meshpy.stdlib.cheader import InterfaceError, header

    try:
        if args.action == "header":
            print(header(), end="")
            return 0
        return _check()
    except InterfaceError as error:
        return fail(str(error))


def exported(archives: tuple[Path, ...]) -> set[str]:
    """Symbols that the archives define."""
    from meshpy.backend.errors import BuildError

    nm = shutil.which("nm") or shutil.which("llvm-nm")
    if nm is None:
        raise BuildError("`nm` was not found, so the archives cannot be read", "install binutils")
    done = subprocess.run([nm, "-g", "--defined-only", *map(str, archives)], capture_output=True, text=True)
    return {words[2] for line in done.stdout.splitlines() if len(words := line.split()) == 3}


def functions() -> list[tuple[str, str]]:
    """(module, function) of everything the interface files make public."""
    from meshpy.stdlib.cheader import FOLDER, module_of
    from meshpy.syntax import ast, parse

    found = []
    for path in sorted(FOLDER.glob("*.mpl")):
        source = path.read_text(encoding="utf-8")
        if "#@ internal" in source:
            continue
        module = "" if "#@ prelude" in source else module_of(source, path)
        for item in parse(source, str(path), is_interface=True).file.body:
            if isinstance(item, ast.ExternFn) or (isinstance(item, ast.FnDef) and item.pub):
                found.append((module, item.name.name))
    return list(dict.fromkeys(found))


def _check() -> int:
    from meshpy.backend import runtime_lib
    from meshpy.backend.paths import source_tree
    from meshpy.stdlib.cheader import prototypes

    runtime = runtime_lib.locate()
    symbols = exported(runtime.archives)
    problems = [f"{p.name}: no archive exports {p.symbol}" for p in prototypes() if p.symbol not in symbols]
    tree = source_tree()
    if tree is not None:
        problems += _untested(tree)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return fail(f"{len(problems)} entries of the standard library are not complete")
    print("the table of the standard library is complete")
    return 0


def _untested(tree: Path) -> list[str]:
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in (tree / "tests").rglob("*") if p.suffix in _TEST_FILES]
    texts += [p.read_text(encoding="utf-8") for p in (tree / "examples").rglob("*.mpl")]
    words = set(re.findall(r"\b(?:[A-Z]\w*\.)?[a-z_]\w*[?!]?", "\n".join(texts)))
    problems = []
    for module, name in functions():
        if f"{module}.{name}" not in words and (module or name not in words):
            problems.append(f"{module + '.' if module else ''}{name}: no test names it")
    return problems
