"""Chromium without a window, driven over a pipe by the DevTools protocol: no port, no other package."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections import deque
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip


class HeadlessBrowser:
    """One page of one browser, and what was seen to happen in it."""

    def __init__(self, program: str, profile: Path) -> None:
        """Start the browser with a profile of its own, and open an empty page."""
        commands, self._out = os.pipe()
        self._in, answers = os.pipe()
        pipes = f"exec 3<&{commands} 4>&{answers}; "
        line = pipes + 'exec "$0" "$@"'
        flags = [*_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", line, program, *flags],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._buffer, self._last = b"", 0
        self._session: str | None = None
        self.events: deque[dict[str, Any]] = deque()
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        """Return the browser."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(timeout=20)
        os.close(self._out)
        os.close(self._in)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that come first are kept."""
        self._last += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._last, "method": method, "params": params} | session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != self._last:
                self.events.append(answer)
            elif "error" in answer:
                raise AssertionError(method, answer["error"])
            else:
                return answer["result"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._in, 1 << 16)
            assert part, "the browser ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path, width: int = 1280, look: str = "light", media: str = "screen") -> None:
        """Open a file at a width in pixels, in a look, and wait until it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        feature = {"name": "prefers-color-scheme", "value": look}
        self.call("Emulation.setEmulatedMedia", media=media, features=[feature])
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def said(self) -> list[str]:
        """Return the errors and warnings of the console, violations of the policy among them."""
        logs = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        told = [entry["text"] for entry in logs if entry["level"] in {"error", "warning"}]
        wrong = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return told + [json.dumps(event["params"]) for event in self.events if event.get("method") in wrong]

    def asked(self) -> list[str]:
        """Return the addresses that were asked for, other than the page's own and `data:`."""
        sent = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        urls = [found["request"]["url"] for found in sent if found.get("type") != "Document"]
        return [url for url in urls if not url.startswith("data:")]

    def screenshot(self, path: Path, clip: dict[str, float] | None = None) -> bytes:
        """Write a picture of the whole page, or of a part, and return it."""
        part = {"clip": clip | {"scale": 1}} if clip else {}
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True, **part)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path.read_bytes()
