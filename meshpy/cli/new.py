"""Starts a project: a folder of the given name with a manifest and a program that prints one line.

With `--template todo-api` the program is a small HTTP service that keeps todos in SQLite, with its tests.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from meshpy.cli.terminal import fail

_MAIN = """\
fn main() do
  println("Hello from Mesh!")
end
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="name of the project and of its folder")
    parser.add_argument("--clustered", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--template", metavar="NAME", help="what to start with: todo-api")
    parser.add_argument("--db", choices=("sqlite", "postgres"), help="database of the template (default: sqlite)")


def run(args: argparse.Namespace) -> int:
    name = args.name
    unsupported = _unsupported(args)
    if unsupported:
        return fail(unsupported)
    problem = _problem(name)
    if problem:
        return fail(f"'{name}' is not a project name: {problem}")
    if args.template:
        return create(name, template(args.template, name), f"Created {args.template} project '{name}'")
    return create(name, {"mesh.toml": manifest(name), "main.mpl": _MAIN}, f"Created project '{name}'")


def manifest(name: str) -> str:
    """The text of a fresh ``mesh.toml``."""
    return f'[package]\nname = {_toml_string(name)}\nversion = "0.1.0"\n\n[dependencies]\n'


def create(name: str, files: dict[str, str], done: str) -> int:
    """Writes the files of a project into a folder that must not exist; the exit status."""
    folder = Path(name)
    if folder.exists() or folder.is_symlink():
        return fail(f"Directory '{name}' already exists")
    for relative, text in files.items():
        path = folder / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            return fail(f"Failed to create directory '{name}': {error.strerror}")
    print(done)
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
    if args.db == "postgres":
        return "`--db postgres` needs the distributed runtime, which this version does not have; leave it out for SQLite."
    return None


def template(kind: str, name: str) -> dict[str, str]:
    """The files of a template by relative path. In those that end in ``.in`` the names of the project are filled in."""
    folder = Path(__file__).with_name("templates") / kind.replace("-", "_")
    names = {"{{name}}": name, "{{toml_name}}": _toml_string(name), "{{program}}": Path(name).name.replace(" ", "-")}
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        relative = path.relative_to(folder).as_posix()
        if relative.endswith(".in"):
            relative = relative.removesuffix(".in")
            for placeholder, value in names.items():
                text = text.replace(placeholder, value)
        files[".dockerignore" if relative == "dockerignore" else relative] = text
    return files


def _problem(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if not name.strip():
        return "it is empty"
    if Path(name).is_absolute():
        return "it is an absolute path"
    if ".." in parts:
        return "it contains `..`"
    if not all(part.strip(". ") for part in parts):
        return "it names no folder"
    if not name.isprintable():
        return "it contains a control character"
    return None


def _toml_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
