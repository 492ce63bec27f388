"""The C functions that lowering itself calls, with their prototypes stated once.

Functions that programs name are declared in ``meshpy/stdlib/*.mpl``; this table holds what operators, literals, loops,
patterns, derived code and processes compile to. Some symbols stand in both: a test compares them.

A signature is a string of one letter per argument, then ``:``, then the result: ``d`` descriptor, ``i`` int64_t, ``f``
double, ``b`` bool, ``p`` object (borrowed), ``P`` object (owned), ``w`` a value of a type variable as a word (borrowed),
``W`` the same owned, ``r`` the address of a constant table; result also ``v`` void. A leading ``!`` marks functions that
may panic.
"""

from __future__ import annotations

from dataclasses import dataclass

# symbol -> (signature, C types of the object arguments and the result where they are not mesh_obj *)
RUNTIME: dict[str, str] = {
    # strings
    "mesh_string_concat": "Pp:p",  # (owned a, b): in place when a is unique
    "mesh_string_equal": "pp:b",
    "mesh_string_compare": "pp:i",  # -1, 0, 1 by bytes
    "mesh_string_reserve": "i:p",  # empty, unique, with room for so many bytes
    "mesh_string_continue": "Pi:p",  # the text with room for so many bytes more: itself when unique
    "mesh_string_append_int": "Pi:p",
    "mesh_string_append_float": "Pf:p",
    "mesh_int_to_string": "i:p",
    "mesh_float_to_string": "f:p",
    "mesh_hash_string": "p:i",
    # lists, maps, sets
    "mesh_list_new": "di:p",
    "mesh_list_push": "dPW:p",
    "mesh_list_tail": "!dP:p",
    "mesh_list_drop": "dPi:p",
    "mesh_list_get": "!dpi:w",
    "mesh_list_concat": "dPp:p",
    "mesh_map_new": "dd:p",
    "mesh_map_put": "ddPWW:p",
    "mesh_map_take": "!ddpw:w",  # Map.get of a value that Map.put of the same key follows (lend.py)
    "mesh_map_equal": "ddpp:b",  # same entries, in any order; uses hash and eq of K, eq of V
    "mesh_set_new": "d:p",
    "mesh_set_add": "dPW:p",
    "mesh_set_equal": "dpp:b",
    # entries of maps and sets in order of insertion: the first position >= the argument that is in use, or -1
    "mesh_map_next": "ddpi:i",
    "mesh_map_key_at": "ddpi:w",  # fresh references
    "mesh_map_value_at": "ddpi:w",
    "mesh_set_next": "dpi:i",
    "mesh_set_at": "dpi:w",
    # Json: runtime/include/json.h says how they are used
    "mesh_json_buffer": ":p",
    "mesh_json_put_raw": "Pp:p",
    "mesh_json_put_string": "Pp:p",
    "mesh_json_put_int": "Pi:p",
    "mesh_json_put_float": "Pf:p",
    "mesh_json_put_bool": "Pb:p",
    "mesh_json_map_order": "p:p",
    "mesh_json_open": "p:p",
    "mesh_json_error": "p:p",
    "mesh_json_missing": "pp:v",
    "mesh_json_take_int": "pi:i",
    "mesh_json_take_float": "pi:f",
    "mesh_json_take_bool": "pi:b",
    "mesh_json_take_string": "pi:p",
    "mesh_json_value": "pi:p",
    "mesh_json_is_null": "pi:b",
    "mesh_json_array": "pi:i",
    "mesh_json_object": "pi:i",
    "mesh_json_first": "pi:i",
    "mesh_json_after": "pi:i",
    "mesh_json_key": "pi:p",
    "mesh_json_member": "pi:i",
    "mesh_json_fields": "pir:p",
    "mesh_json_variant": "pirp:i",
    "mesh_json_payload_at": "pii:i",
    # rows
    "mesh_map_has_key": "ddpw:b",
    "mesh_map_get": "!ddpw:w",
    "mesh_string_trim": "p:p",
    "mesh_string_to_lower": "p:p",
    "mesh_string_to_int": "p:p",  # Option<Int>
    "mesh_string_to_float": "p:p",  # Option<Float>
    # other types of the runtime
    "mesh_pid_to_string": "i:p",
    "mesh_regex_from_literal": "pp:p",
    "mesh_immortal_copy": "p:p",
    # processes
    "mesh_self": ":i",
    "mesh_link": "i:v",
    "mesh_send": "idw:v",
    "mesh_receive_begin": "i:v",
    "mesh_receive_take": ":w",
    "mesh_receive_drop": ":v",
    "mesh_supervisor_start": "r:i",
    "mesh_actor_set_args": "a:v",  # a loop of an actor with a terminate block starts again (borrows)
    "mesh_work_declare": "prii:v",  # clustered work: name, thunk, copies, number of parameters
    # test bodies
    "mesh_test_fail": "p:v",
    "mesh_test_run": "prd:v",  # label, thunk of the body, type of the messages it receives (0: none, or any)
    "mesh_test_body": "p:v",  # calls the closure; a panic is recorded as the failure of the test
    "mesh_test_finish": ":v",
    "mesh_test_raises": "p:b",  # calls the closure under a guard; false when it neither panicked nor failed
}

# Functions that take an array of words: the fixed arguments as above, then ``a``.
RUNTIME_ARRAY: dict[str, str] = {
    "mesh_spawn": "ra:i",
    "mesh_service_start": "!ra:i",
    "mesh_service_call": "!iria:w",
    "mesh_service_cast": "iria:v",
}

# Further symbols with an out-word.
RECEIVE_NEXT = "mesh_receive_next"

_C_TYPES = {"d": "const mesh_type *", "i": "int64_t", "f": "double", "b": "bool", "p": "mesh_obj *", "P": "mesh_obj *",
            "w": "mesh_value", "W": "mesh_value", "r": "const void *", "a": "const mesh_value *", "v": "void"}


@dataclass(frozen=True, slots=True)
class Signature:
    """A parsed signature: argument letters, result letter, whether it may panic."""

    args: str
    result: str
    panics: bool


def signature(symbol: str) -> Signature:
    """The signature of a runtime symbol. KeyError when lowering does not know it."""
    text = RUNTIME.get(symbol) or RUNTIME_ARRAY[symbol]
    args, result = text.lstrip("!").split(":")
    return Signature(args, result, text.startswith("!"))


def c_prototypes() -> str:
    """The prototypes as C, one per line, in the vocabulary of mesh_abi.h (objects as ``mesh_obj *``)."""
    lines = []
    for symbol in [*RUNTIME, *RUNTIME_ARRAY]:
        sig = signature(symbol)
        args = ["mesh_ctx *", *(_C_TYPES[c] for c in sig.args)]
        lines.append(f"{_C_TYPES[sig.result].rstrip(' *')} {'*' if sig.result == 'p' else ''}{symbol}({', '.join(args)});")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(c_prototypes(), end="")
