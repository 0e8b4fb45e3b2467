"""The LangGraph server on this checkout, as a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from langgraph_sdk.client import SyncLangGraphClient, get_sync_client

COMMAND = Path(sys.executable).with_name("langgraph")
CONFIG = Path(__file__).parents[1] / "langgraph.json"
START_TIMEOUT_S = STOP_TIMEOUT_S = 60
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Server:
    """`langgraph dev` on a free port of loopback. Its log and what it keeps beside our database go to `folder`."""

    client: SyncLangGraphClient
    process: subprocess.Popen[bytes]

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LOG_JSON": "true"}
        self.environment = {**os.environ, **quiet, **environment}
        # our own imports have set it in this process; a person's shell has not, so langgraph.json must
        self.environment.pop("LANGGRAPH_STRICT_MSGPACK", None)
        self.folder = folder
        self.log = folder / "server.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        port = _free_port()
        words = [COMMAND, "dev", "--no-browser", "--no-reload", "--config", CONFIG, "--port", str(port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, env=self.environment
            )
        url = f"http://127.0.0.1:{port}"
        self._wait_until_it_answers(url)
        self.client = get_sync_client(url=url, api_key=None)

    def stop(self, how: signal.Signals) -> None:
        """End it with this signal."""
        self.client.close()
        self.process.send_signal(how)
        self.process.wait(STOP_TIMEOUT_S)

    def restart(self, how: signal.Signals) -> None:
        """End it with this signal, and start it again in the same folder."""
        self.stop(how)
        self.start()

    def forget(self) -> None:
        """Remove what it keeps beside our database, which a killed server has or has not written by then."""
        shutil.rmtree(self.folder / ".langgraph_api", ignore_errors=True)

    def errors(self) -> list[str]:
        """What it has complained about so far; a blocking call on its event loop is one such thing."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line["event"] for line in lines if line["level"] in ("error", "critical")]

    def _wait_until_it_answers(self, url: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with NO_PROXY.open(f"{url}/ok", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        self.process.wait(STOP_TIMEOUT_S)
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
