"""From textual IR to an object file: parse, verify, optimise, emit. The only module that imports llvmlite."""

from __future__ import annotations

from dataclasses import dataclass

import llvmlite
import llvmlite.binding as llvm

LLVMLITE_VERSION = llvmlite.__version__


class CodegenError(Exception):
    """LLVM refused a unit: a defect of the compiler. ``ir`` is the unit's text."""

    def __init__(self, message: str, ir: str) -> None:
        super().__init__(message)
        self.ir = ir


@dataclass(frozen=True, slots=True)
class Target:
    """Where the code is to run, and how much is to be made of it. ``triple`` empty: this machine.

    ``huge``: for a function of thousands of instructions some passes of LLVM take quadratic time (GVN looks for each load
    through all blocks before it; after each move the machine scheduler verifies the live ranges). They are left out there.
    """

    triple: str = ""
    opt_level: int = 2
    huge: bool = False

    def machine(self) -> llvm.TargetMachine:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        target = llvm.Target.from_triple(self.triple or llvm.get_process_triple())
        return target.create_target_machine(opt=self.opt_level, reloc="pic", codemodel="small")


def default_triple() -> str:
    return llvm.get_process_triple()


def compile_text(text: str, target: Target, form: str = "obj") -> bytes:
    """Object code (``form`` "obj"), assembly ("asm") or optimised IR ("llvm") of a unit. Raises CodegenError."""
    machine = target.machine()
    try:
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        module.verify()
    except RuntimeError as error:
        raise CodegenError(str(error), text) from None
    speed = min(target.opt_level, 1) if target.huge else target.opt_level
    options = llvm.create_pipeline_tuning_options(speed_level=speed)
    options.loop_vectorization = options.slp_vectorization = target.opt_level >= 2
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    if form == "llvm":
        return str(module).encode()
    llvm.set_option("meshpy", f"-enable-misched={'false' if target.huge else 'true'}")
    if form == "asm":
        return machine.emit_assembly(module).encode()
    return machine.emit_object(module)
