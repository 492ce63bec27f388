"""``python -m meshpy``: the command line."""

from meshpy.cli.main import run

if __name__ == "__main__":
    run()
