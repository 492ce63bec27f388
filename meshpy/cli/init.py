"""Starts a project: a folder of the given name with a manifest and a program that prints one line."""

from meshpy.cli.new import configure, run

__all__ = ["configure", "run"]
