"""Linking: objects, the runtime's archives and the libraries of the modules that a program reaches."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from meshpy.backend import libpq
from meshpy.backend.errors import BuildError, InternalError
from meshpy.backend.paths import PACKAGE, source_tree
from meshpy.backend.runtime_lib import Runtime, has_headers
from meshpy.backend.toolbox import c_compiler, compiler_file, is_zig

# What to install where a library is missing, by its name in `# link:`: (archive of the runtime, Debian packages).
_PACKAGES = {
    "pq": ("meshrt_pq", "libpq-dev"),
    "sqlite3": ("meshrt_sqlite", "libsqlite3-dev"),
    "ssl": ("meshrt_ssl", "libssl-dev"),
    "crypto": ("meshrt_ssl", "libssl-dev"),
    "z": ("meshrt_z", "zlib1g-dev"),
    "re2": ("meshrt_re2", "libre2-dev g++"),
    "stdc++": ("meshrt_re2", "g++"),
}
_DISK_FULL = ("no space left on device", "disk quota exceeded")


@cache
def module_links() -> dict[str, tuple[str, ...]]:
    """Libraries of each library module, from the ``# link:`` line at the top of its interface file."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((PACKAGE / "stdlib").glob("*.mpl")):
        names: list[str] = [path.stem]
        with open(path, encoding="utf-8") as file:
            for line in (file.readline() for _ in range(6)):
                if line.startswith("#@ module"):
                    names += line.split()[2:]
                elif line.startswith("# link:"):
                    found.update((name, tuple(line.split()[2:])) for name in names)
    return found


def libraries(modules: Iterable[str]) -> list[str]:
    """Library names that these modules need, each once."""
    links = module_links()
    return list(dict.fromkeys(lib for module in sorted(modules) for lib in links.get(module, ())))


def _library_folders() -> list[str]:
    """Folders of libraries that were fetched into the source tree."""
    tree = source_tree()
    if tree is None:
        return []
    return [str(p) for p in sorted((tree / ".deps" / "usr" / "lib").glob("*-linux-gnu*")) if p.is_dir()]


def link(objects: list[Path], runtime: Runtime, modules: Iterable[str], output: Path) -> None:
    """Links a program to ``output``, replacing it atomically. Raises BuildError or InternalError."""
    modules = list(modules)
    libs = libraries(modules)
    folders = _library_folders()
    folder = output.parent
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{output.name}.")
        os.close(handle)
    except OSError as error:
        raise _os_error(error, output) from None
    command = [*c_compiler(), "-o", temporary, *map(str, objects), *runtime.link_flags]
    command += ["-Wl,--gc-sections", "-Wl,--as-needed"]
    command += [f"-L{f}" for f in folders] + [f"-Wl,-rpath,{f}" for f in folders]
    command += ["-Wl,--start-group", *map(str, runtime.archives), "-Wl,--end-group"]
    for lib in libs:
        command += libpq.link_flags() if lib == "pq" else [f"-l{lib}"]
    if not is_zig() and compiler_file("libbacktrace.a"):
        # The runtime refers to it weakly, which alone takes nothing out of an archive.
        command += ["-Wl,-u,backtrace_create_state,-u,backtrace_pcinfo,--wrap=dl_iterate_phdr", "-lbacktrace"]
    command += ["-lpthread", "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, "LC_ALL": "C"})
        if done.returncode != 0:
            raise _failure(command, done.stderr, runtime, modules)
        os.chmod(temporary, 0o777 & ~_umask())
        os.replace(temporary, output)
    except OSError as error:
        raise _os_error(error, output) from None
    except subprocess.TimeoutExpired:
        raise BuildError("the linker did not finish within 10 minutes") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _os_error(error: OSError, output: Path) -> BuildError:
    return BuildError(f"cannot write `{output}`: {error.strerror or error}")


def _failure(command: list[str], text: str, runtime: Runtime, modules: list[str]) -> Exception:
    low = text.lower()
    for phrase in _DISK_FULL:
        if phrase in low:
            return BuildError(f"linking failed: {phrase}", "free some space and build again")
    present = {a.stem.removeprefix("lib") for a in runtime.archives}
    links = module_links()
    for module in modules:
        for lib in links.get(module, ()):
            packages = _PACKAGES.get(lib, ("", f"lib{lib}-dev"))[1]
            if re.search(rf"cannot find -l{re.escape(lib)}(?![\w+])|unable to find [\w ]*library ['\"]{re.escape(lib)}['\"]", text):
                return BuildError(
                    f"module `{module}` needs the library `{lib}`, which is not installed",
                    f"install it: `apt-get install {packages}`",
                )
    missing = sorted(set(re.findall(r"undefined reference to [`']([^'`]+)'", text)))
    for module in modules:
        known = [_PACKAGES[lib] for lib in links.get(module, ()) if lib in _PACKAGES]
        absent = [(archive, packages) for archive, packages in known if archive not in present and not has_headers(archive)]
        if absent and missing:
            return BuildError(
                f"module `{module}` was left out of the runtime because a library was missing when it was built",
                f"install it: `apt-get install {absent[0][1]}`, then build again",
            )
    details = " ".join(command) + "\n\n" + text
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return InternalError(f"the runtime has no `{missing[0]}`{more}", details)
    return InternalError("linking failed", details)
