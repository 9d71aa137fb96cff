"""A loopback server that speaks the OpenAI protocol and gives the scripted model's answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from faulty_server import FaultyServer
from scripted_model import Answer, RefusedRequestError, answer_to, pieces

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

KEY = "made-up-key"


class ScriptedServer(FaultyServer):
    """Serves `/v1/chat/completions` to who has the key; the models in `broken` are out of order."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken = broken

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        self.requests.append(request)
        if handler.headers.get("authorization") != f"Bearer {KEY}":
            return self._refuse(handler, 401, "this key is not known here")
        if request["model"] in self.broken:
            return self._refuse(handler, 503, "overloaded")
        try:
            answer = answer_to(request)
        except RefusedRequestError as error:
            return self._refuse(handler, 400, str(error))
        if request.get("stream"):
            return self._stream(handler, request, answer)
        message = {"role": "assistant", "content": answer.text or None, "tool_calls": _calls(answer) or None}
        choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
        head = {"id": "chatcmpl-1", "created": 1, "model": request["model"], "object": "chat.completion"}
        return self._send(handler, 200, {**head, "choices": [choice], "usage": answer.usage})

    def _refuse(self, handler: BaseHTTPRequestHandler, status: int, message: str) -> None:
        self._send(handler, status, {"error": {"message": message, "type": "refused", "code": status}})

    def _stream(self, handler: BaseHTTPRequestHandler, request: dict[str, Any], answer: Answer) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.close_connection = True
        self._event(handler, request, {"role": "assistant", "content": ""})
        for delta in _deltas(answer):
            self._event(handler, request, delta)
        self._event(handler, request, {}, finish=answer.finish_reason)
        if (request.get("stream_options") or {}).get("include_usage"):
            head = {"id": "chatcmpl-1", "created": 1, "model": request["model"], "object": "chat.completion.chunk"}
            self._write(handler, {**head, "choices": [], "usage": answer.usage})
        self._chunk(handler, b"data: [DONE]\n\n")
        self._chunk(handler, b"")


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in answer.calls
    ]


def _deltas(answer: Answer) -> list[dict[str, Any]]:
    """Return the deltas of a stream: words, then each tool call's name and its arguments piece by piece."""
    deltas: list[dict[str, Any]] = [{"content": word} for word in answer.words]
    for index, call in enumerate(_calls(answer)):
        named = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        deltas.append({"tool_calls": [named]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in pieces(call["function"]["arguments"])
        ]
    return deltas
