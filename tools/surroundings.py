"""What Magnus finds around it, apart from the database: room on the disk, a sandbox for commands, a model."""

import os
import shutil
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from threading import Thread
from urllib.parse import urlsplit

from graph.settings import Settings
from tools.condition import Condition, Json, part, size

FULL_BYTES = 500_000_000
"""Below this Postgres may stop in the middle of a write: its log alone grows by hundreds of megabytes."""
TIGHT_BYTES = 2_000_000_000
MODEL_LIMIT_S = 1.0
MODEL_ADDRESS = "https://api.anthropic.com"
CLAUDES = ("anthropic:", "claude")
PORTS = {"http": 80, "https": 443}


def disk(settings: Settings, now: datetime) -> Json:
    """The room that is left where the data directory lies, or would lie once it is made."""
    folder = settings.data_dir.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    found = shutil.disk_usage(there)
    condition: Condition = "wrong" if found.free < FULL_BYTES else "note" if found.free < TIGHT_BYTES else "ok"
    sentence = f"{size(found.free)} of {size(found.total)} are free for {folder}."
    if condition != "ok":
        sentence = f"Only {sentence} Make room: `magnus db prune` thins out finished threads."
    figures = {"folder": str(folder), "free_bytes": found.free, "total_bytes": found.total}
    return part("disk", condition, sentence, str(there), now, **figures)


def sandbox(settings: Settings, now: datetime, environ: Mapping[str, str] = os.environ) -> Json:
    """Whether a box holds commands here: one is made, and everything is tried that must not get out."""
    from tools.code.self_test import self_test

    level = self_test(settings.sandbox, environ.get("PATH", ""))
    condition: Condition = "ok" if level.works else "note"
    return part("sandbox", condition, level.reason, "bubblewrap", now, works=level.works)


def model(settings: Settings, now: datetime, environ: Mapping[str, str] = os.environ) -> Json:
    """Whether there is a model to ask, and whether a Claude's server takes a connection; no request is sent to it."""
    from tools.model import full_name, why_no_model

    name = full_name(settings)
    if missing := why_no_model(settings, None, environ):
        return part("model", "note", missing, "settings", now, model=name, is_set_up=False, reachable=None)
    if not name.startswith(CLAUDES):
        sentence = f"{name} is set up; its server has not been called."
        return part("model", "ok", sentence, "settings", now, model=name, is_set_up=True, reachable=None)
    return _reached(name, now, environ)


def _reached(name: str, now: datetime, environ: Mapping[str, str]) -> Json:
    try:
        host, port = _way_to_the_model(environ)
    except ValueError:
        sentence = "The address of the model cannot be read: check ANTHROPIC_BASE_URL and HTTPS_PROXY."
        return part("model", "wrong", sentence, "settings", now, model=name, is_set_up=True, reachable=False)
    call, place = _Call(host, port), f"{host}, port {port}"
    call.start()
    call.join(MODEL_LIMIT_S)
    if call.took_ms is None:
        sentence = f"A key for {name} is set, but {place}, gives no answer: check the network."
        return part("model", "wrong", sentence, place, now, model=name, is_set_up=True, reachable=False)
    sentence = f"A key for {name} is set, and {place}, answers in {call.took_ms:.0f} ms; no request was sent to it."
    figures = {"model": name, "is_set_up": True, "reachable": True, "connect_ms": call.took_ms}
    return part("model", "ok", sentence, place, now, **figures)


def _way_to_the_model(environ: Mapping[str, str]) -> tuple[str, int]:
    """Host and port of the model's server, or of the proxy on the way to it; raises ValueError where there is none."""
    address = urlsplit(environ.get("ANTHROPIC_BASE_URL") or MODEL_ADDRESS)
    proxy = environ.get(f"{address.scheme.upper()}_PROXY") or environ.get(f"{address.scheme}_proxy")
    direct = (environ.get("NO_PROXY") or environ.get("no_proxy") or "").replace(" ", "").split(",")
    is_direct = any(name == "*" or (name and (address.hostname or "").endswith(name)) for name in direct)
    way = address if is_direct or not proxy else urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if not way.hostname:
        raise ValueError("an address without a host")
    return way.hostname, way.port or PORTS.get(way.scheme, 443)


class _Call(Thread):
    """One connection in a thread of its own, which can be left behind: looking a name up has no limit."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self.address = (host, port)
        self.took_ms: float | None = None

    def run(self) -> None:
        began = time.perf_counter()
        try:
            with socket.create_connection(self.address, timeout=MODEL_LIMIT_S):
                self.took_ms = round((time.perf_counter() - began) * 1000, 1)
        except OSError:
            return
