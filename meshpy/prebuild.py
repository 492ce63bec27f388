"""Makes what the toolchain would otherwise make on its first run: the parse tables and the parsed library.

    python -m meshpy.prebuild [FOLDER]

Run while the toolchain is installed: by `make` into ``build/toolchain``, by the build of the wheel into the package. A
second run that finds everything there writes nothing.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from meshpy.cache import Store, installed_root
from meshpy.syntax.tables import packed_tables, table_key
from meshpy.types.library import library_key, library_texts, packed_library


def prebuild(root: Path) -> None:
    """Fills ``root`` with the tables of this toolchain and nothing else. Raises OSError."""
    store = Store("tables", root)
    texts = library_texts()
    keys = [table_key(), library_key(texts)]
    if all(store.read(key) is not None for key in keys):
        return
    made = [packed_tables(), packed_library(texts)]
    shutil.rmtree(store.folder, ignore_errors=True)
    for key, data in zip(keys, made):
        if store.write(key, data) is None:
            raise OSError(f"cannot write `{store.path(key)}`")


if __name__ == "__main__":
    try:
        prebuild(Path(sys.argv[1]) if len(sys.argv) > 1 else installed_root())
    except OSError as error:  # the first run of the compiler makes them in the user's cache
        sys.exit(f"prebuild: {error}")
