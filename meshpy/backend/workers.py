"""Codegen units in forked worker processes.

llvmlite holds one lock over every call, so threads gain nothing; and LLVM ends the process on a defect of its own. A forked
child has the whole program without copying, writes its objects into the cache, and its death is an internal error of the
unit it was working on. The parent never loads LLVM.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import struct
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from meshpy.backend.errors import BuildError, InternalError

_INDEX = struct.Struct("<i")


def run_units(count: int, workers: int, work: Callable[[int], bytes]) -> list[bytes]:
    """``work(i)`` for i in 0..count-1, shared out dynamically over forked processes; the results in order.

    Raises BuildError and InternalError as ``work`` did, and InternalError when a worker dies.
    """
    workers = max(1, min(workers, count))
    with tempfile.TemporaryDirectory(prefix="meshpy-") as name:
        folder = Path(name)
        queue_read, queue_write = os.pipe()
        os.set_blocking(queue_write, True)
        if gc.isenabled():
            gc.collect()
        gc.freeze()  # the children share these pages as long as nobody touches them
        children = []
        try:
            for _ in range(workers):
                pid = os.fork()
                if pid == 0:
                    os.close(queue_write)
                    _child(queue_read, folder, work)
                children.append(pid)
        finally:
            gc.unfreeze()
            os.close(queue_read)
        with contextlib.suppress(BrokenPipeError):
            for index in range(count):
                os.write(queue_write, _INDEX.pack(index))
        os.close(queue_write)
        statuses = [os.waitpid(pid, 0)[1] for pid in children]
        return _collect(count, folder, statuses)


def _child(queue: int, folder: Path, work: Callable[[int], bytes]) -> None:
    """Takes indexes from the queue until it is empty. Never returns."""
    status = 0
    try:
        while len(data := os.read(queue, _INDEX.size)) == _INDEX.size:
            (index,) = _INDEX.unpack(data)
            (folder / f"{index}.started").touch()
            try:
                result: object = work(index)
            except (BuildError, InternalError) as error:
                result = error
            except OSError as error:
                result = BuildError(f"cannot write object code: {error.strerror or error}")
            except Exception:
                result = InternalError("code generation failed", traceback.format_exc())
            (folder / f"{index}.done").write_bytes(pickle.dumps(result))
    except BaseException:
        status = 1
    finally:
        os._exit(status)


def _collect(count: int, folder: Path, statuses: list[int]) -> list[bytes]:
    results = []
    for index in range(count):
        try:
            result = pickle.loads((folder / f"{index}.done").read_bytes())
        except OSError:
            ends = ", ".join(f"signal {os.WTERMSIG(s)}" if os.WIFSIGNALED(s) else f"status {os.WEXITSTATUS(s)}" for s in statuses if s)
            if (folder / f"{index}.started").exists():
                raise InternalError(f"the code generator died ({ends})", f"unit {index}") from None
            continue
        if isinstance(result, Exception):
            raise result
        results.append(result)
    if len(results) != count:
        raise InternalError("a code generation worker did not finish")
    return results
