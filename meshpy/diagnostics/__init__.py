"""Diagnostic values, the catalogue of codes, and the two forms in which diagnostics are shown."""

from meshpy.diagnostics.diagnostic import Diagnostic, Label, Severity

__all__ = ["COMPILATION_FAILED", "Diagnostic", "Label", "Severity", "driver_error", "render_json", "render_text"]

#: The message that ends every failed compilation.
COMPILATION_FAILED = "Compilation failed due to errors above."


def driver_error(message: str) -> Diagnostic:
    """A failure that belongs to no place in a source: text form ``error: MESSAGE``, JSON form code C0001."""
    return Diagnostic("C0001", Severity.ERROR, message, ())


def __getattr__(name: str) -> object:
    # The renderers are loaded when something is to be shown, which is never on the fast path of a build.
    if name == "render_text":
        from meshpy.diagnostics.text import render_text

        return render_text
    if name == "render_json":
        from meshpy.diagnostics.json_form import render_json

        return render_json
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
