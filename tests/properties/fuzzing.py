"""`MESHPY_FUZZ=N` (`make fuzz N=...`) asks for N times the work of the ordinary suite, with fresh random choices."""

import os

from hypothesis import settings

FACTOR = int(os.environ.get("MESHPY_FUZZ") or 0)
TIMES = max(FACTOR, 1)


def examples(count: int) -> settings:
    """The settings of a property: ``count`` examples in the suite."""
    return settings(settings.get_profile("properties"), max_examples=count * TIMES)
