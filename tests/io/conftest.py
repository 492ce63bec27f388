"""The servers that several tests of this folder speak to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Running, running


@pytest.fixture(scope="session")
def http_server() -> Iterator[Running]:
    with running("http_server") as program:
        program.port()
        yield program


@pytest.fixture(scope="session")
def ws_server() -> Iterator[Running]:
    with running("ws_server") as program:
        program.port()
        yield program
