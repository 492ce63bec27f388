"""Symbols that both lowering and an interface file declare have one signature."""

from __future__ import annotations

from meshpy.core.runtime import RUNTIME, c_prototypes, signature
from meshpy.modules import project_from_texts
from meshpy.types import check


def test_table_agrees_with_interface_files() -> None:
    checked = check(project_from_texts({"main.mpl": "fn main() do println(\"\") end\n"}))
    assert checked.program is not None and checked.program.library is not None
    compared = 0
    for fn_id, symbol in LIBRARY.items():
        extern = checked.program.library(fn_id)
        sig = signature(symbol)
        args = sig.args[len(extern.type_params):]
        assert sig.args.startswith("d" * len(extern.type_params)), symbol
        assert len(args) == len(extern.params), symbol
        assert [c in "PW" for c in args] == [p.name in extern.owns for p in extern.params], symbol
        assert sig.panics == extern.panics, symbol
        compared += 1
    assert compared == len(LIBRARY)


LIBRARY = {
    "List.append/2": "mesh_list_push", "List.tail/1": "mesh_list_tail",
    "List.drop/2": "mesh_list_drop", "List.get/2": "mesh_list_get", "List.concat/2": "mesh_list_concat",
    "Map.new/0": "mesh_map_new", "Map.put/3": "mesh_map_put", "Set.new/0": "mesh_set_new", "Set.add/2": "mesh_set_add",
    "Map.get/2": "mesh_map_get", "Map.has_key/2": "mesh_map_has_key", "Runtime.map_next/2": "mesh_map_next",
    "Runtime.map_key_at/2": "mesh_map_key_at", "Runtime.map_value_at/2": "mesh_map_value_at",
    "Runtime.set_next/2": "mesh_set_next", "Runtime.set_at/2": "mesh_set_at", "Int.to_string/1": "mesh_int_to_string",
    "String.trim/1": "mesh_string_trim", "String.to_int/1": "mesh_string_to_int",
    "String.to_float/1": "mesh_string_to_float", "String.to_lower/1": "mesh_string_to_lower",
}


def test_prototypes_are_c() -> None:
    text = c_prototypes()
    assert len(text.splitlines()) >= len(RUNTIME)
    assert all(line.endswith(");") and line.count("(") == 1 for line in text.splitlines())
