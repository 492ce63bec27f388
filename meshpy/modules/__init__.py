"""Project discovery, module names and the import graph."""

from meshpy.modules.project import Import, Project, SourceModule, load_project, project_from_texts

__all__ = ["Import", "Project", "SourceModule", "load_project", "project_from_texts"]
