"""The servers with TLS."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import httpx
from serving import PATIENCE, read_all, run, running
from test_http_client import certificate  # noqa: F401
from websockets.sync.client import connect


def test_servers(certificate: tuple[Path, Path]) -> None:  # noqa: F811
    cert, key = certificate
    context = ssl.create_default_context(cafile=str(cert))
    body = bytes(range(256)) * 8000
    with running("tls", str(cert), str(key)) as server:
        ws_port, http_port = server.port(0), server.port(1)
        with httpx.Client(verify=context) as client:
            for data in (b"x", body):
                assert client.post(f"https://localhost:{http_port}/echo", content=data).content == data
        with connect(f"wss://localhost:{ws_port}/", ssl=context, max_size=None) as client:
            for text in ("hi", "é" * 1000000):
                client.send(text)
                assert client.recv(PATIENCE) == text
            assert client.ping().wait(PATIENCE)
        server.wait_out("closed 1000")
        # speaking plainly to it closes that connection, nothing else
        with server.connect(1) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.settimeout(PATIENCE)
            with suppress(ConnectionResetError):
                read_all(connection)
        assert httpx.post(f"https://localhost:{http_port}/echo", content=b"y", verify=context).content == b"y"


def test_bad_certificates(certificate: tuple[Path, Path], tmp_path: Path) -> None:  # noqa: F811
    cert, key = certificate
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for given, reason in [((tmp_path / "none", key), "open cert file: "), ((empty, key), "parse certs: "), ((cert, empty), "load key: ")]:
        done = run("tls", *map(str, given))
        assert done.stdout == "returned\n"
        assert done.stderr.splitlines()[0].startswith(f"[mesh-rt] Failed to load TLS certificates: {reason}")
