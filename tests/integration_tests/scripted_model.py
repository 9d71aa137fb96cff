"""A language model that follows a script, and is as strict and as able as a provider's.

`answer_to` reads a request in OpenAI's form and says what is answered: it calls the tool that is
asked for, fills a JSON schema from the prompt, stops where it is told to, counts tokens, and
refuses what OpenAI refuses. `ScriptedModel` gives these answers as a LangChain chat model;
`scripted_server` gives the same ones over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from pydantic import Field

GREETING = "Hello there, how can I help you today?"
_TOKENS_PER_FILE = {"image_url": 85, "input_audio": 40, "file": 60}
_BLOCKS = {
    "system": {"text"},
    "user": {"text", *_TOKENS_PER_FILE},
    "assistant": {"text"},
    "tool": {"text", "image_url", "file"},
}
_SAMPLING = {"temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "n", "stop", "reasoning_effort"}
_TOOLS = {"tools", "tool_choice", "parallel_tool_calls", "response_format", "modalities", "audio"}
_PARAMETERS = {"model", "messages", "stream", "stream_options", "user", "timeout"} | _SAMPLING | _TOOLS


class RefusedRequestError(ValueError):
    """What a provider answers with status 400."""


@dataclass(frozen=True)
class Answer:
    """What is answered, before anybody puts it into a form."""

    words: tuple[str, ...]
    calls: tuple[dict[str, str], ...]
    """Tool calls: `id`, `name` and `arguments`, which are JSON."""
    usage: dict[str, Any]
    """In OpenAI's form."""

    @property
    def text(self) -> str:
        """The words in one piece."""
        return "".join(self.words)

    @property
    def finish_reason(self) -> str:
        """Why the answer ends."""
        return "tool_calls" if self.calls else "stop"


def answer_to(request: dict[str, Any]) -> Answer:
    """Return the answer to a request in OpenAI's form.

    Raises:
        RefusedRequestError: where OpenAI would refuse it.
    """
    _check(request)
    tool = _called_tool(request)
    if tool is None:
        words, calls = tuple(re.findall(r"\s*\S+|\s+$", _cut(_text(request), request.get("stop")))), ()
    else:
        filled = json.dumps(_Filler(_prompt(request)).fill(tool.get("parameters") or {}), ensure_ascii=False)
        number = sum(len(message.get("tool_calls") or ()) for message in request["messages"]) + 1
        words, calls = (), ({"id": f"call_{number}", "name": tool["name"], "arguments": filled},)
    return Answer(words, calls, _usage(request, words, calls))


# -- what is refused ------------------------------------------------------------------------


def _check(request: dict[str, Any]) -> None:
    unknown = sorted(key for key, value in request.items() if key not in _PARAMETERS and value is not None)
    _refuse_if(unknown, f"Unrecognized request argument supplied: {', '.join(unknown)}")
    _refuse_if(request.get("tool_choice") and not request.get("tools"), "'tool_choice' needs 'tools'")
    _refuse_if(request.get("tools") == [], "'tools' is empty; it needs at least one")
    called: set[str] = set()
    for message in request["messages"]:
        _check_message(message, called)
        called |= {call["id"] for call in message.get("tool_calls") or ()}
    wanted = request.get("response_format") or {}
    if wanted.get("type") == "json_object":
        said = " ".join(_text_of(message) for message in request["messages"])
        _refuse_if("json" not in said.lower(), "'messages' must contain the word 'json'")
    if wanted.get("type") == "json_schema" and wanted["json_schema"].get("strict"):
        _check_strict(wanted["json_schema"]["schema"])
    for tool in request.get("tools") or ():
        _refuse_if(tool.get("type") != "function", f"tools of type {tool.get('type')!r} are unknown")
        if tool["function"].get("strict"):
            _check_strict(tool["function"]["parameters"])


def _check_message(message: dict[str, Any], called: set[str]) -> None:
    role = message["role"]
    _refuse_if(role not in _BLOCKS, f"there is no role {role!r}")
    _refuse_if(role == "tool" and message.get("tool_call_id") not in called, "a tool message must follow its call")
    for block in _blocks(message):
        kind = block.get("type")
        _refuse_if(kind not in _BLOCKS[role], f"Invalid value: {kind!r} in the content of role {role!r}")
        _refuse_if(kind in _TOKENS_PER_FILE and not _file_of(block), f"the {kind} is empty")
        unknown = set(block) - {"type", kind, "cache_control"}  # as servers do that speak this protocol too
        _refuse_if(unknown, f"Unknown parameter in content: {', '.join(sorted(unknown))}")


def _check_strict(schema: Any) -> None:
    """Refuse what OpenAI's strict mode does not take."""
    if isinstance(schema, list):
        for item in schema:
            _check_strict(item)
    if not isinstance(schema, dict):
        return
    if "properties" in schema:
        missing = sorted(set(schema["properties"]) - set(schema.get("required") or ()))
        _refuse_if(missing, f"strict: 'required' must include every key; missing {missing}")
        _refuse_if(schema.get("additionalProperties") is not False, "strict: 'additionalProperties' must be false")
    _refuse_if("default" in schema and "type" in schema, "strict: 'default' is not permitted")
    for value in schema.values():
        _check_strict(list(value.values()) if isinstance(value, dict) else value)


def _refuse_if(wrong: Any, reason: str) -> None:
    if wrong:
        raise RefusedRequestError(reason)


# -- what is said ---------------------------------------------------------------------------


def _text(request: dict[str, Any]) -> str:
    wanted = request.get("response_format") or {}
    prompt, last = _prompt(request), request["messages"][-1]
    if wanted.get("type") == "json_schema":
        return json.dumps(_Filler(prompt).fill(wanted["json_schema"]["schema"]), ensure_ascii=False)
    if wanted.get("type") == "json_object":
        return json.dumps(dict.fromkeys(re.findall(r"'(\w+)'", prompt), prompt), ensure_ascii=False)
    if last["role"] == "tool":
        return f"The tool says: {_text_of(last) or 'a file'}"
    files = [_file_of(block) for block in _blocks(last) if block["type"] in _TOKENS_PER_FILE]
    return f"This is {' and '.join(file[:40] for file in files)}" if files else GREETING


def _called_tool(request: dict[str, Any]) -> dict[str, Any] | None:
    """Return the tool that is called: the one that was chosen, or the first new one that the prompt names."""
    tools = [tool["function"] for tool in request.get("tools") or ()]
    choice = request.get("tool_choice") or "auto"
    if isinstance(choice, dict):
        named = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
        _refuse_if(not named, "'tool_choice' names a tool that is not in 'tools'")
        return named[0]
    if choice == "none" or not tools:
        return None
    new = [tool for tool in tools if tool["name"] not in _called_this_turn(request)]
    asked = [tool for tool in new if _names(_prompt(request), tool["name"])]
    if choice == "required":
        return (asked or new or tools)[0]
    _refuse_if(choice != "auto", f"there is no tool_choice {choice!r}")
    return asked[0] if asked and request["messages"][-1]["role"] == "user" else None


def _called_this_turn(request: dict[str, Any]) -> set[str]:
    called: set[str] = set()
    for message in request["messages"]:
        called = set() if message["role"] == "user" else called
        called |= {call["function"]["name"] for call in message.get("tool_calls") or ()}
    return called


def _names(prompt: str, tool: str) -> bool:
    return any(word in prompt.lower() for word in tool.lower().split("_") if len(word) > 3)


def _cut(text: str, stop: str | list[str] | None) -> str:
    for sequence in [stop] if isinstance(stop, str) else stop or ():
        text = text.partition(sequence)[0]
    return text


class _Filler:
    """Fills a JSON schema with what a prompt mentions."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self._numbers = iter(re.findall(r"-?\d+", prompt))
        quoted = re.findall(r"'(.+?)'", prompt)
        self._phrases = iter(quoted or re.findall(r"(?<=\s)[A-Z]\w*(?:,? [A-Z]\w*)*", prompt))
        self._definitions: dict[str, Any] = {}

    def fill(self, schema: dict[str, Any]) -> Any:
        """Return a value that is valid under `schema`."""
        self._definitions |= schema.get("$defs") or {}
        if "$ref" in schema:
            return self.fill(self._definitions[schema["$ref"].rpartition("/")[2]])
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                return self.fill(next(option for option in schema[key] if option.get("type") != "null"))
        if "enum" in schema:
            return next((value for value in schema["enum"] if str(value) in self.prompt), schema["enum"][0])
        return schema["const"] if "const" in schema else self._of_type(schema)

    def _of_type(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type", "object")
        if kind == "object":
            filled = {name: self.fill(value) for name, value in (schema.get("properties") or {}).items()}
            entry = schema.get("additionalProperties")
            return {next(self._phrases, "entry"): self.fill(entry), **filled} if isinstance(entry, dict) else filled
        if kind == "array":
            return [self.fill(schema.get("items") or {"type": "string"})]
        if kind in {"integer", "number"}:
            return int(next(self._numbers, "1"))
        return {"boolean": True, "null": None}.get(kind, next(self._phrases, self.prompt) if kind == "string" else None)


# -- reading a request ----------------------------------------------------------------------


def _prompt(request: dict[str, Any]) -> str:
    return next((_text_of(each) for each in reversed(request["messages"]) if each["role"] == "user"), "")


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content") or ""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text_of(message: dict[str, Any]) -> str:
    return "\n".join(block["text"] for block in _blocks(message) if block["type"] == "text")


def _file_of(block: dict[str, Any]) -> str:
    """Return where a file is, or what is in it; empty if the block does not say."""
    held = block.get(block["type"]) or {}
    url = held.get("url") or held.get("file_data") or held.get("data") or held.get("file_id") or ""
    known = url.startswith(("data:", "https://")) or block["type"] != "image_url"
    return url if known else ""


def _usage(request: dict[str, Any], words: tuple[str, ...], calls: tuple[dict[str, str], ...]) -> dict[str, Any]:
    """Count a token a word; all but the last message were in the cache, and a system message is put there."""
    sizes = [_tokens_of(message) for message in request["messages"]]
    audio = sum(40 for message in request["messages"] for block in _blocks(message) if block["type"] == "input_audio")
    system = sizes[0] if request["messages"][0]["role"] == "system" else 0
    reasoning = 8 if request.get("reasoning_effort") else 0
    spoken = len(words) if "audio" in (request.get("modalities") or ()) else 0
    prompt_tokens = sum(sizes)
    completion_tokens = len(words) + sum(len(call["arguments"]) // 4 + 2 for call in calls) + reasoning + spoken
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {
            "cached_tokens": max(0, prompt_tokens - sizes[-1] - system),
            "cache_creation_tokens": system,
            "audio_tokens": audio,
        },
        "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": spoken},
    }


def _tokens_of(message: dict[str, Any]) -> int:
    calls = sum(len(call["function"]["arguments"]) // 4 + 2 for call in message.get("tool_calls") or ())
    files = sum(_TOKENS_PER_FILE.get(block["type"], 0) for block in _blocks(message))
    return len(_text_of(message).split()) + calls + files


# -- a LangChain chat model -----------------------------------------------------------------


class ScriptedModel(BaseChatModel):
    """Gives the scripted answers as a chat model of its own, word by word where it streams."""

    model_name: str = "scripted"
    failure: str | None = None
    """What it fails with, before the first word."""
    requests: list[dict[str, Any]] = Field(default_factory=list, repr=False)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools, *, tool_choice=None, strict=None, **kwargs) -> Runnable:
        """Bind tools in OpenAI's form; core keeps fallbacks only where it can read what is returned."""
        formatted = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
        if tool_choice is True or tool_choice == "any":
            tool_choice = "required"
        elif isinstance(tool_choice, str) and tool_choice not in {"auto", "none", "required"}:
            tool_choice = {"type": "function", "function": {"name": tool_choice}}
        return self.bind(tools=formatted, tool_choice=tool_choice, **kwargs)

    def with_structured_output(
        self, schema, *, method="function_calling", include_raw=False, strict=None, **kwargs
    ) -> Runnable:
        """Ask for a structure in the way of `method`."""
        if method == "function_calling":
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        wanted = convert_to_json_schema(schema)
        named = {"name": wanted["title"], "schema": wanted, "strict": bool(strict)}
        form = {"type": "json_schema", "json_schema": named} if method == "json_schema" else {"type": "json_object"}
        return self.bind(response_format=form) | JsonOutputParser()

    def _answer(self, messages, stop, kwargs) -> Answer:
        request = {"messages": [_own_form(message) for message in messages], "stop": stop, **kwargs}
        self.requests.append(request)
        if self.failure:
            raise RuntimeError(self.failure)
        return answer_to(request)

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        answer = self._answer(messages, stop, kwargs)
        message = AIMessage(
            answer.text,
            tool_calls=[
                {"name": call["name"], "args": json.loads(call["arguments"]), "id": call["id"]} for call in answer.calls
            ],
            usage_metadata=_usage_metadata(answer.usage),
            response_metadata={"model_name": self.model_name, "finish_reason": answer.finish_reason},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        await asyncio.sleep(0)
        return self._generate(messages, stop, **kwargs)

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for message in self._chunks(self._answer(messages, stop, kwargs)):
            yield ChatGenerationChunk(message=message)

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for message in self._chunks(self._answer(messages, stop, kwargs)):
            await asyncio.sleep(0)
            yield ChatGenerationChunk(message=message)

    def _chunks(self, answer: Answer):
        yield AIMessageChunk("", response_metadata={"model_name": self.model_name})
        for word in answer.words:
            yield AIMessageChunk(word)
        for index, call in enumerate(answer.calls):
            yield _call_chunk(index, "", name=call["name"], id=call["id"])
            for piece in pieces(call["arguments"]):
                yield _call_chunk(index, piece)
        yield AIMessageChunk("", response_metadata={"finish_reason": answer.finish_reason})
        yield AIMessageChunk("", usage_metadata=_usage_metadata(answer.usage))


class WholeScriptedModel(ScriptedModel):
    """A `ScriptedModel` that cannot stream."""

    _stream = BaseChatModel._stream
    _astream = BaseChatModel._astream


def pieces(text: str) -> list[str]:
    """Cut a tool call's arguments as providers do, in the middle of anything."""
    return [text[start : start + 5] for start in range(0, len(text), 5)]


def _own_form(message: BaseMessage) -> dict[str, Any]:
    """Return a message as OpenAI takes it: tool calls stand beside the content, and thoughts are not sent."""
    sent = convert_to_openai_messages(message)
    if sent["role"] == "assistant":
        sent["content"] = [block for block in _blocks(sent) if block["type"] in _BLOCKS["assistant"]]
    return sent


def _call_chunk(index: int, args: str, **first: str) -> AIMessageChunk:
    chunk = {"name": None, "id": None, "args": args, "index": index, "type": "tool_call_chunk", **first}
    return AIMessageChunk("", tool_call_chunks=[chunk])


def _usage_metadata(usage: dict[str, Any]) -> dict[str, Any]:
    given, taken = usage["prompt_tokens_details"], usage["completion_tokens_details"]
    return {
        "input_tokens": usage["prompt_tokens"],
        "output_tokens": usage["completion_tokens"],
        "total_tokens": usage["total_tokens"],
        "input_token_details": {
            "cache_read": given["cached_tokens"],
            "cache_creation": given["cache_creation_tokens"],
            "audio": given["audio_tokens"],
        },
        "output_token_details": {"reasoning": taken["reasoning_tokens"], "audio": taken["audio_tokens"]},
    }
