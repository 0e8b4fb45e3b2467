"""A package index on loopback with wheels made on the spot, and a log of what was fetched from it."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from threading import Thread

import pytest

needs_pip = pytest.mark.skipif(find_spec("pip") is None, reason="the environment was made without pip")


def wheel_of(name: str, version: str, code: str, requires: str = "") -> bytes:
    """A wheel with one module."""
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return packed.getvalue()


@dataclass
class Index:
    """Its address, its files by name, and the paths that were asked for."""

    files: Mapping[str, bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def pin(self, file: str) -> str:
        """A file as a line of a requirements file."""
        name, version, *_ = file.split("-")
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(self.files[file]).hexdigest()}"


@contextmanager
def package_index(files: Mapping[str, bytes]) -> Iterator[Index]:
    """Serve these files, by their names, until the block is left."""
    index = Index(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            name = self.path.strip("/").split("/")[-1]
            body = index.files.get(name) or _page(index.files, name)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/octet-stream" if name in index.files else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.url = f"http://127.0.0.1:{server.server_address[1]}/index"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()


def _page(files: Mapping[str, bytes], name: str) -> bytes:
    links = (
        f'<a href="/files/{file}#sha256={hashlib.sha256(content).hexdigest()}">{file}</a><br>'
        for file, content in files.items()
        if file.split("-")[0] == name
    )
    return "".join(links).encode()
