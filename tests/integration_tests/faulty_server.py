"""A loopback server that speaks the OpenAI protocol, and fails in the ways that real ones do."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


@dataclass
class Behaviour:
    """How the server treats one model name."""

    status: int = 200
    words: tuple[str, ...] = ("The ", "answer ", "is ", "42.")
    delay_s: float = 0.0
    """Before each word, and before the connection is cut."""
    break_after: int | None = None
    """Words after which the connection is cut."""
    before: Callable[[], Any] = lambda: None
    """Called before anything is answered; it may wait for others."""
    usage: dict[str, Any] = field(default_factory=lambda: dict(USAGE))


class FaultyServer:
    """Serves `/v1/chat/completions`; what happens is chosen by the model's name."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[dict[str, Any]] = []
        self.words_sent: dict[str, int] = {}
        """Model name → words of its latest stream that went out."""
        self.ended: dict[str, str] = {}
        """Model name → how its latest stream ended: `"complete"`, `"cut"` by us, or `"abandoned"` by the reader."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with suppress(BrokenPipeError, ConnectionResetError):
                    outer.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def api_base(self) -> str:
        """Where it listens, as LiteLLM wants it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, or fail as the model's behaviour says."""
        request = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        self.requests.append({**request, "authorization": handler.headers.get("authorization")})
        behaviour = self.behaviours.get(request["model"], Behaviour())
        behaviour.before()
        if behaviour.status != 200:
            return self._fail(handler, behaviour.status)
        if request.get("stream"):
            return self._stream(handler, request, behaviour)
        time.sleep(behaviour.delay_s)
        message = {"role": "assistant", "content": "".join(behaviour.words)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return self._send(
            handler, 200, {**_head(request), "object": "chat.completion", "choices": [choice], "usage": behaviour.usage}
        )

    def _fail(self, handler: BaseHTTPRequestHandler, status: int) -> None:
        key = handler.headers.get("authorization", "")
        self._send(
            handler, status, {"error": {"message": f"refused, you sent {key}", "type": "made_up", "code": status}}
        )

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _stream(self, handler: BaseHTTPRequestHandler, request: dict[str, Any], behaviour: Behaviour) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.close_connection = True
        name = request["model"]
        self.words_sent[name] = 0
        self.ended.pop(name, None)
        try:
            self._event(handler, request, {"role": "assistant", "content": ""})
            for place, word in enumerate(behaviour.words):
                time.sleep(behaviour.delay_s)
                if place == behaviour.break_after:
                    self.ended[name] = "cut"
                    return
                self._event(handler, request, {"content": word})
                self.words_sent[name] += 1
            self._event(handler, request, {}, finish="stop")
            if (request.get("stream_options") or {}).get("include_usage"):
                self._write(
                    handler,
                    {**_head(request), "object": "chat.completion.chunk", "choices": [], "usage": behaviour.usage},
                )
            self._chunk(handler, b"data: [DONE]\n\n")
            self._chunk(handler, b"")
            self.ended[name] = "complete"
        except (BrokenPipeError, ConnectionResetError):
            self.ended[name] = "abandoned"

    def _event(
        self, handler: BaseHTTPRequestHandler, request: dict[str, Any], delta: dict[str, Any], finish: str | None = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._write(handler, {**_head(request), "object": "chat.completion.chunk", "choices": [choice]})

    def _write(self, handler: BaseHTTPRequestHandler, event: dict[str, Any]) -> None:
        self._chunk(handler, f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        handler.wfile.flush()


def _head(request: dict[str, Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "created": 1, "model": request["model"]}
