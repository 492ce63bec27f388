"""Diagnostic values, the catalogue of codes, and the renderers."""

from meshpy.diagnostics.diagnostic import Diagnostic, Label, Severity

__all__ = ["Diagnostic", "Label", "Severity"]
