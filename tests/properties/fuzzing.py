"""`MESHPY_FUZZ=N` (`make fuzz N=...`) asks for N times the work of the ordinary suite, with fresh random choices."""

import os

FACTOR = int(os.environ.get("MESHPY_FUZZ") or 0)
TIMES = max(FACTOR, 1)
