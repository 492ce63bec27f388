"""The HTTP client against servers of the test's own."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from serving import run


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: ClassVar[set[tuple[str, int]]] = set()

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def do(self) -> None:
        path, _, query = self.path.partition("?")
        self.connections.add(self.client_address)
        match path:
            case "/ok":
                self.reply(200, b"fine")
            case "/missing":
                self.reply(404, b"no")
            case "/echo":
                kind = self.headers.get("Content-Type", "-")
                length = self.headers.get("Content-Length", "-")
                text = f"{self.command} {query} {kind} {length} {self.headers.get('X-One')} {self.body()}"
                self.reply(200, text.encode(), X_Echo="yes", X_echo="twice")
            case "/gzip":
                self.reply(200, gzip.compress(b"packed " * 100), Content_Encoding="gzip")
            case "/chunked":
                self.reply(200, b"3\r\nabc\r\n4;x\r\ndefg\r\n0\r\n\r\n", Transfer_Encoding="chunked")
            case "/redirect":
                self.body()
                self.reply(int(query), b"moved", Location="echo?from")
            case "/loop":
                self.reply(302, b"", Location="/loop")
            case "/auth":
                self.reply(302, b"", Location=f"http://localhost:{self.server.server_port}/echo")
            case "/slow":
                time.sleep(2)
                self.reply(200, b"late")
            case "/big":
                self.reply(200, b"x" * 20000 + b"stop" + b"y" * 20000)
            case "/bad":
                self.wfile.write(b"nonsense\r\n\r\n")
                self.close_connection = True
            case "/short":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"half")
                self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()


CASES = [
    ("get", "/ok", "ok fine"),
    ("get", "/missing", "err http status: 404"),
    ("get", "/gzip", "ok " + "packed " * 100),
    ("get", "/chunked", "ok abcdefg"),
    ("get", "/redirect?302", "ok GET from - - None "),
    ("get", "/redirect?308", "ok GET from - - None "),
    ("get", "/loop", "err too many redirects"),
    ("get", "/bad", "err invalid HTTP response"),
    ("get", "/short", "err connection closed inside the response"),
    ("post", "/echo", "ok POST  application/json 2 None {}"),
    ("post", "/redirect?303", "ok GET from - - None "),
    ("post", "/redirect?307", "err redirect failed"),
    ("send", "/missing", "404  no"),
    ("delete", "/echo", "200 yes, twice DELETE  - 4 None data"),
    ("empty", "/echo", "200 yes, twice POST  - 0 None "),
]


@pytest.mark.parametrize(("action", "path", "expected"), CASES, ids=[f"{a} {p}" for a, p, _ in CASES])
def test_requests(server: str, action: str, path: str, expected: str) -> None:
    assert run("client", action, server + path, "{}").stdout == expected + "\n"


def test_builder(server: str) -> None:
    assert run("client", "full", server + "/echo?x=1").stdout.splitlines() == [
        "200 yes, twice PATCH x=1&a%20b=%C3%BC%26&c=d application/json 7 1 {\"k\":1}",
        "err request already sent",
        "err invalid request handle",
    ]


def test_a_client_keeps_its_connection(server: str) -> None:
    Handler.connections.clear()
    lines = run("client", "client", server + "/echo").stdout.splitlines()
    assert lines == ["200 yes, twice GET  - - None "] * 3 + ["err client is closed"]
    assert len(Handler.connections) == 1


def test_failures(server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert run("client", "send", f"http://127.0.0.1:{port}/").stdout == "err Connection refused\n"
    assert run("client", "timeout", server + "/slow").stdout.startswith("err TIMEOUT: ")
    assert run("client", "get", "http://no-such-host.invalid/").stdout.startswith("err DNS_FAILURE: ")
    assert run("client", "get", "ftp://x/").stdout == "err invalid URL: ftp://x/\n"


def test_streams(server: str) -> None:
    lines = run("client", "stream", server + "/big", "none").stdout.splitlines()
    assert "true" in lines
    chunks = [line.split()[1] for line in lines if line.startswith("chunk")]
    assert sum(map(int, chunks)) == 40004 and all(int(c) <= 8192 for c in chunks)
    lines = run("client", "stream", server + "/big", "xxx").stdout.splitlines()
    assert len([line for line in lines if line.startswith("chunk")]) == 1
    assert run("client", "stream", "http://127.0.0.1:1/", "").stdout == "false\n"
    assert sum(map(int, run("client", "stream_bytes", server + "/big").stdout.split())) == 40004


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )
    return cert, key


def test_https(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    url = f"https://localhost:{httpd.server_port}"
    try:
        assert run("client", "get", url + "/gzip", SSL_CERT_FILE=str(cert)).stdout == "ok " + "packed " * 100 + "\n"
        assert run("client", "client", url + "/echo", SSL_CERT_FILE=str(cert)).stdout.count("200 yes") == 3
        assert run("client", "get", url + "/ok").stdout.startswith("err TLS_ERROR: ")
        other = url.replace("localhost", "127.0.0.2")
        assert run("client", "get", other + "/ok", SSL_CERT_FILE=str(cert)).stdout[:4] == "err "
    finally:
        httpd.shutdown()
