# SPDX-License-Identifier: MIT
"""A page in a real browser: Chromium without a window, told what to do over a pipe by its own protocol."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
LONGEST_S = 20.0


class Browser:
    """One page. `run` gives the value of an expression or promise; `press` types a key as a keyboard does."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, back: int):
        self._process, self._to, self._back = process, to, back
        self._number, self._rest, self._session = 0, b"", ""
        self._events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": params}
        told |= {"sessionId": self._session} if self._session and not method.startswith("Browser.") else {}
        os.write(self._to, json.dumps(told).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._back], [], [], LONGEST_S)[0], "the browser says nothing"
            piece = os.read(self._back, 1 << 16)
            assert piece, "the browser ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    def open(self, path: Path, width: int = 900, height: int = 1000) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self._happens("Page.loadEventFired")

    def run(self, words: str) -> Any:
        asked = self.call("Runtime.evaluate", expression=words, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in asked, asked["exceptionDetails"]
        return asked["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def downloads(self, folder: Path) -> None:
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True)

    def downloaded(self) -> None:
        """Until the download that was begun is whole."""
        self._happens("Browser.downloadProgress", state="completed")

    def _happens(self, method: str, **params: Any) -> None:
        """Until the browser has told so, be it already."""
        while True:
            told = self._events.pop(0) if self._events else self._next()
            if told.get("method") == method and params.items() <= told["params"].items():
                return


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Raises Skipped where there is no Chromium."""
    name = next((one for one in NAMES if shutil.which(one)), None)
    if name is None or os.name == "nt":
        pytest.skip(f"no browser: install one of {', '.join(NAMES)}")
    # The browser reads its orders from file 3 and answers on file 4.
    its_in, to = os.pipe()
    back, its_out = os.pipe()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-extensions", f"--user-data-dir={profile}"]  # fmt: skip
    script = f'exec "$0" "$@" 3<&{its_in} 4>&{its_out}'
    process = subprocess.Popen(
        ["bash", "-c", script, name, *flags], pass_fds=(its_in, its_out), stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for end in (its_in, its_out):
        os.close(end)
    try:
        yield Browser(process, to, back)
    finally:
        with suppress(OSError):
            os.write(to, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        begun = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LONGEST_S)
        assert time.monotonic() - begun < LONGEST_S or process.kill()
        for end in (to, back):
            os.close(end)
