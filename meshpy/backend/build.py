"""Core IR in, a native program out."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from meshpy.backend import link, runtime_lib
from meshpy.backend.analysis import Facts, analyse
from meshpy.backend.errors import BuildError, InternalError
from meshpy.backend.units import Unit, partition, unit_text
from meshpy.backend.workers import run_units
from meshpy.cache import Store, prune
from meshpy.core import ir

EMIT_KINDS = ("core", "llvm", "asm", "obj")


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build. ``triple`` empty: for this machine."""

    opt_level: int = 2
    triple: str = ""
    jobs: int = 0  # 0: one a core

    @property
    def workers(self) -> int:
        return self.jobs or os.cpu_count() or 1


def _object(program: ir.Program, facts: Facts, unit: Unit, options: BuildOptions, checking: bool) -> bytes:
    """Compiles one unit, or finds it in the cache; the path of its object file. Runs in a worker."""
    text = unit_text(program, facts, unit, options.opt_level, checking)
    flavour = f"{metadata.version('llvmlite')} {platform.machine()} {options.triple} {options.opt_level} {unit.huge}\n"
    key = hashlib.sha256((flavour + text).encode()).hexdigest() + ".o"
    store = Store("objects")
    path = store.find(key)
    if path is None:
        data = _compile(text, options, "obj", unit.huge)
        path = store.write(key, data)
        if path is None:
            raise BuildError(
                f"cannot write object code below `{store.folder}`",
                "free some space, or point XDG_CACHE_HOME to a folder that can be written",
            )
    return os.fsencode(path)


def _compile(text: str, options: BuildOptions, form: str, huge: bool = False) -> bytes:
    from meshpy.backend.compile import CodegenError, Target, compile_text

    try:
        return compile_text(text, Target(options.triple, options.opt_level, huge), form)
    except CodegenError as error:
        raise InternalError("LLVM refused the generated code", f"{error}\n\n{error.ir}") from None


def build(program: ir.Program, output: Path, options: BuildOptions) -> None:
    """Compiles and links ``program`` to the file ``output``. Raises BuildError and InternalError."""
    _check_target(options.triple)
    runtime = runtime_lib.locate()
    facts = analyse(program)
    units = partition(program, facts)
    paths = run_units(
        len(units), options.workers, lambda i: _object(program, facts, units[i], options, runtime.checking)
    )
    link.link([Path(os.fsdecode(p)) for p in paths], runtime, program.links, output)
    prune()


def emit(program: ir.Program, form: str, options: BuildOptions) -> bytes:
    """``llvm`` (before optimisation), ``asm`` or ``obj`` of the whole program as one unit."""
    facts = analyse(program)
    entry = program.fns[program.entry]
    unit = Unit("program", entry.loc.path if entry.loc else 0, tuple(program.fns), True, True)
    checking = runtime_lib.current_variant().checking

    def work(_: int) -> bytes:
        text = unit_text(program, facts, unit, options.opt_level, checking)
        return text.encode() if form == "llvm" else _compile(text, options, form)

    return run_units(1, 1, work)[0]


def _check_target(triple: str) -> None:
    """Refuses triples without a runtime archive: the archives are those of this machine."""
    if not triple:
        return
    machine = triple.split("-")[0]
    if machine != platform.machine() or "linux" not in triple:
        raise BuildError(f"no runtime archive exists for the target `{triple}`", f"build on a {machine} machine")
