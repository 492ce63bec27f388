"""``python -m meshpy``: the command line."""

import sys

from meshpy.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
