"""Starts a project: a folder with a manifest and a program that prints a line."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from meshpy.cli.terminal import fail

MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\n\n[dependencies]\n'
MAIN = 'fn main() do\n  println("Hello from Mesh!")\nend\n'


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="name of the project and of its folder")
    parser.add_argument("--clustered", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--template", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--db", choices=("sqlite", "postgres"), help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    name = args.name
    problem = _unsupported(args) or _problem(name)
    if problem:
        return fail(problem)
    folder = Path(name)
    if folder.exists() or folder.is_symlink():
        return fail(f"Directory '{name}' already exists")
    try:
        folder.mkdir(parents=True)
        (folder / "mesh.toml").write_text(MANIFEST.format(name=folder.name), encoding="utf-8")
        (folder / "main.mpl").write_text(MAIN, encoding="utf-8")
    except OSError as error:
        return fail(f"Failed to create directory '{name}': {error.strerror}")
    print(f"Created project '{name}'")
    return 0


def _unsupported(args: argparse.Namespace) -> str | None:
    if args.template is not None and args.template != "todo-api":
        extra = " `--db` is only supported with `--template todo-api`." if args.db else ""
        return f"unknown init template '{args.template}'; supported templates: todo-api.{extra}"
    if args.db and args.template is None:
        return "`--db` is only supported with `--template todo-api`."
    if args.clustered and args.template:
        return "`--clustered` cannot be combined with `--template`."
    if args.clustered:
        return "`--clustered` needs the distributed runtime, which this version does not have."
    if args.template:
        return "the template `todo-api` is not available in this version."
    return None


def _problem(name: str) -> str | None:
    """Why a name cannot be a project's, or None."""
    if not name.strip():
        return "the name of a project must not be empty"
    path = Path(name)
    if path.is_absolute():
        return f"the name of a project must be relative, got '{name}'"
    if ".." in path.parts:
        return f"the name of a project must not contain '..', got '{name}'"
    if not re.fullmatch(r"[\w][\w.-]*", path.name):
        return f"'{path.name}' cannot be the name of a project: use letters, digits, '_', '-' and '.'"
    return None
