"""Starts a project: the same as `meshpy new`."""

from __future__ import annotations

from meshpy.cli.new import configure, run

__all__ = ["configure", "run"]
