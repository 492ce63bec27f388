"""DWARF metadata: a compile unit, its files, one subprogram a function, one location a line."""

from __future__ import annotations

from meshpy.backend.text import escape
from meshpy.core import ir


class DebugInfo:
    """Numbers and collects the metadata of one codegen unit. Nodes are made on first use. Paths stay as they were given
    to the compiler: a backtrace shows them so, and objects do not depend on the current folder."""

    def __init__(self, paths: list[str], main_path: str, optimized: bool) -> None:
        self._paths = paths
        self._nodes: list[str] = []
        self._files: dict[int, int] = {}
        self._file_names: dict[str, int] = {}
        self._block_files: dict[tuple[int, int], int] = {}
        self._locations: dict[tuple[int, int], int] = {}
        self._unlikely: int | None = None
        self._tbaa: dict[str, int] = {}
        file = self._file_named(main_path)
        flag = "true" if optimized else "false"
        self._unit = self._add(
            f'distinct !DICompileUnit(language: DW_LANG_C11, file: !{file}, producer: "meshpy", '
            f"isOptimized: {flag}, runtimeVersion: 0, emissionKind: FullDebug, nameTableKind: None)"
        )
        self._type = self._add(f"!DISubroutineType(types: !{self._add('!{}')})")

    def _add(self, text: str) -> int:
        self._nodes.append(text)
        return len(self._nodes) - 1

    def _file_named(self, path: str) -> int:
        if path not in self._file_names:
            self._file_names[path] = self._add(f'!DIFile(filename: "{escape(path.encode())}", directory: "")')
        return self._file_names[path]

    def _file(self, index: int) -> int:
        if index not in self._files:
            self._files[index] = self._file_named(self._paths[index])
        return self._files[index]

    def subprogram(self, fn: ir.Fn) -> int:
        """The node of a function definition."""
        file = self._file(fn.loc.path) if fn.loc else self._file_named("")
        line = fn.loc.line if fn.loc else 0
        return self._add(
            f'distinct !DISubprogram(name: "{escape(fn.source_name.encode())}", '
            f"scope: !{file}, file: !{file}, line: {line}, type: !{self._type}, scopeLine: {line}, "
            f"spFlags: DISPFlagDefinition | DISPFlagLocalToUnit, unit: !{self._unit})"
        )

    def location(self, subprogram: int, fn: ir.Fn, loc: ir.Loc | None) -> int:
        """A location in ``fn``; ``loc`` may lie in another file (code that was inlined before the backend)."""
        scope = subprogram
        loc = loc or fn.loc
        if loc is not None and fn.loc is not None and loc.path != fn.loc.path:
            key = (subprogram, loc.path)
            if key not in self._block_files:
                file = self._file(loc.path)
                self._block_files[key] = self._add(
                    f"!DILexicalBlockFile(scope: !{subprogram}, file: !{file}, discriminator: 0)"
                )
            scope = self._block_files[key]
        line = loc.line if loc else 0
        if (scope, line) not in self._locations:
            self._locations[scope, line] = self._add(f"!DILocation(line: {line}, scope: !{scope})")
        return self._locations[scope, line]

    def unlikely(self) -> str:
        """Branch weights of a branch whose first target is the slow path."""
        if self._unlikely is None:
            self._unlikely = self._add('!{!"branch_weights", i32 1, i32 100000}')
        return f", !prof !{self._unlikely}"

    def tbaa(self, kind: str) -> str:
        """Access type ``ctx`` (the process context) or ``object`` (the heap): they never overlap. Nothing finer is
        sound, since the inlined allocator reuses the memory of one kind of object for another."""
        if not self._tbaa:
            root = self._add('!{!"mesh"}')
            for name in ("ctx", "object"):
                access = self._add(f'!{{!"{name}", !{root}}}')
                self._tbaa[name] = self._add(f"!{{!{access}, !{access}, i64 0}}")
        return f", !tbaa !{self._tbaa[kind]}"

    def text(self) -> str:
        flags = [
            self._add('!{i32 2, !"Debug Info Version", i32 3}'),
            self._add('!{i32 7, !"Dwarf Version", i32 4}'),
            self._add('!{i32 8, !"PIC Level", i32 2}'),
            self._add('!{i32 7, !"frame-pointer", i32 2}'),
        ]
        named = [f"!llvm.dbg.cu = !{{!{self._unit}}}", "!llvm.module.flags = !{" + ", ".join(f"!{f}" for f in flags) + "}"]
        return "\n".join(named + [f"!{i} = {node}" for i, node in enumerate(self._nodes)]) + "\n"
