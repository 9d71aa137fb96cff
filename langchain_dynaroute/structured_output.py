"""Tools and structured output, asked of each candidate in the way that it understands.

What the user binds is kept in one neutral form. Only when a candidate is called is it bound to
that candidate's own chat model, which knows how its provider wants it.
"""

from __future__ import annotations

from inspect import signature
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser, PydanticToolsParser
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_dynaroute.errors import PoolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.tools import BaseTool

Method = Literal["function_calling", "json_schema", "json_mode"]
STRUCTURED_OUTPUT = "structured_output"
"""The call parameter under which a wanted structure travels."""
_METHODS = ("function_calling", "json_schema", "json_mode")
_TOOL_PARAMETERS = ("tool_choice", "parallel_tool_calls", "strict", "response_format")


def neutral_tools(tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool]) -> list[dict[str, Any]]:
    """Return tools as OpenAI tool definitions, which every LangChain integration reads."""
    return [convert_to_openai_tool(tool) for tool in tools]


def structure_request(schema: dict[str, Any] | type, method: Method | None, *, strict: bool | None) -> dict[str, Any]:
    """Return a wanted structure as plain values: a JSON schema with a title, a method, strictness.

    Raises:
        PoolError: if there is no such method.
    """
    if method is not None and method not in _METHODS:
        msg = f"method={method!r}; choose from {', '.join(_METHODS)}, or None for the one that fits the model that answers."
        raise PoolError(msg)
    return {"schema": convert_to_json_schema(schema), "method": method, "strict": strict}


def structure_parser(schema: dict[str, Any] | type) -> Runnable[AIMessage, Any]:
    """Return what reads the structure off an answer, whether it came as a tool call or as text."""
    name = convert_to_json_schema(schema)["title"]
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        by_tool: Runnable[Any, Any] = PydanticToolsParser(tools=[schema], first_tool_only=True)
        by_text: Runnable[Any, Any] = PydanticOutputParser(pydantic_object=schema)
    else:
        by_tool = JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
        by_text = JsonOutputParser()
    return RunnableLambda(lambda message: by_tool if message.tool_calls else by_text, name="structure")


def with_parser(
    model: Runnable[Any, AIMessage], parser: Runnable[AIMessage, Any], *, include_raw: bool
) -> Runnable[Any, Any]:
    """Chain a model and a parser; `include_raw` keeps the answer and turns a parsing error into a value."""
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def fitting_method(schema: dict[str, Any], *, takes_schema: bool, calls_tools: bool) -> Method:
    """Return the way to ask for a structure that fits a candidate.

    An open mapping (`dict[str, int]`) goes by a tool where that can be: OpenAI's strict mode refuses
    such a schema, and ChatLiteLLM closes it, so that the mapping would come back empty.
    """
    if takes_schema and not (calls_tools and _has_open_mapping(schema)):
        return "json_schema"
    return "function_calling"


def bound(model: BaseChatModel, kwargs: dict[str, Any], *, takes_schema: bool, calls_tools: bool) -> dict[str, Any]:
    """Return the call parameters of a candidate, with tools and structure in its provider's form.

    Args:
        model: The candidate's chat model.
        kwargs: The call's parameters; `tools` and a wanted structure are in neutral form.
        takes_schema: Whether the candidate takes a JSON schema; else it is asked by a tool.
        calls_tools: Whether it can be asked by a tool.
    """
    if STRUCTURED_OUTPUT in kwargs:
        wanted = kwargs[STRUCTURED_OUTPUT]
        rest = {key: value for key, value in kwargs.items() if key != STRUCTURED_OUTPUT}
        method = wanted["method"] or fitting_method(
            wanted["schema"], takes_schema=takes_schema, calls_tools=calls_tools
        )
        return {**rest, **_structure_kwargs(model, wanted, method)}
    if kwargs.get("tools"):
        given = {key: kwargs[key] for key in _TOOL_PARAMETERS if kwargs.get(key) is not None}
        rest = {key: value for key, value in kwargs.items() if key not in {"tools", *_TOOL_PARAMETERS}}
        return {**rest, **_kwargs_of(model.bind_tools(kwargs["tools"], **given))}
    # An agent without tools binds an empty list, which providers refuse.
    return {key: value for key, value in kwargs.items() if key not in {"tools", "tool_choice"}}


def _structure_kwargs(model: BaseChatModel, wanted: dict[str, Any], method: Method) -> dict[str, Any]:
    options: dict[str, Any] = {"method": method}
    if wanted["strict"] is not None and method != "json_mode":
        options["strict"] = wanted["strict"]
    elif method == "json_schema" and _has_optional_keys(wanted["schema"]) and _may_be_strict(model):
        # OpenAI's strict mode, which ChatLiteLLM takes unless told otherwise, refuses such a schema.
        options["strict"] = False
    chain: Any = model.with_structured_output(wanted["schema"], **options)
    return _kwargs_of(chain.first)


def _has_optional_keys(schema: Any) -> bool:
    keys = schema.get("properties") if isinstance(schema, dict) else None
    optional = isinstance(keys, dict) and set(keys) - set(schema.get("required") or ())
    return bool(optional) or any(map(_has_optional_keys, _parts(schema)))


def _has_open_mapping(schema: Any) -> bool:
    more = schema.get("additionalProperties") if isinstance(schema, dict) else None
    # `{}` is a schema too: it takes anything.
    is_open = more is True or isinstance(more, dict)
    return is_open or any(map(_has_open_mapping, _parts(schema)))


def _parts(schema: Any) -> Iterable[Any]:
    return schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ()


def _may_be_strict(model: BaseChatModel) -> bool:
    return "strict" in signature(model.with_structured_output).parameters


def _kwargs_of(binding: Any) -> dict[str, Any]:
    kwargs = {key: value for key, value in binding.kwargs.items() if value is not None}
    # A note for tracing, which the model's own run would have taken out.
    kwargs.pop("ls_structured_output_format", None)
    return kwargs
