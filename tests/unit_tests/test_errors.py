"""The error tree, and how secrets are kept out of error texts."""

from __future__ import annotations

import re

import pytest
from fakes import FakeModel, FixedClassifier

from langchain_dynaroute import Attempt, Candidate, DynaRouteChatModel, errors
from langchain_dynaroute.errors import (
    AllCandidatesFailedError,
    DynaRouteError,
    InterruptedAnswerError,
    MissingExtraError,
    NoEligibleCandidateError,
    PoolError,
    TableError,
    describe,
    did_you_mean,
    redact,
)


def test_the_drawn_tree_is_the_real_one():
    """The module's docstring names every error of the module, under its real base class."""
    drawn, path = {}, {}
    for indent, name in re.findall(r"^( *)[*x+-] (\w+)", errors.__doc__, re.MULTILINE):
        path[len(indent)] = name
        drawn[name] = path.get(len(indent) - 2)
    real = {
        name: next((base.__name__ for base in kind.__mro__[1:] if issubclass(base, DynaRouteError)), None)
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, DynaRouteError)
    }

    assert real == drawn


@pytest.mark.parametrize(
    ("kind", "builtin"), [(TableError, ValueError), (PoolError, ValueError), (MissingExtraError, ImportError)]
)
def test_errors_are_also_the_builtin_ones(kind, builtin):
    """A caller who catches Python's own class catches ours."""
    assert issubclass(kind, builtin)


def test_a_missing_extra_tells_how_to_get_it():
    """The way out is a command to paste."""
    assert "xllamacpp is not installed. Get it with: pip install 'langchain-dynaroute[local]'" == str(
        MissingExtraError("xllamacpp", "local")
    )


def test_no_eligible_candidate_names_every_reason():
    """When all are excluded, each is named with its reason."""
    text = str(NoEligibleCandidateError([("A", "too small"), ("B", "cannot read images")]))

    assert ["  - A: too small", "  - B: cannot read images"] == text.splitlines()[1:]


def test_all_failed_names_every_failure():
    """When all candidates fail, each is named with its failure, and the attempts are kept."""
    attempts = [Attempt(name="A", status="failed", error="boom"), Attempt(name="B", status="skipped", error="no key")]
    error = AllCandidatesFailedError(attempts)

    assert ["  - A: boom", "  - B: no key"] == str(error).splitlines()[1:]
    assert tuple(attempts) == error.attempts


def test_an_interrupted_answer_keeps_what_came():
    """The text received so far is in the error, for whoever wants to go on from it."""
    error = InterruptedAnswerError("A", "Once upon", "connection lost", [])

    assert "Once upon" == error.received
    assert "A broke off after 9 characters (connection lost)" in str(error)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("optimun", " Did you mean 'optimum'?"),
        ("LOW-COST", " Did you mean 'low-cost'?"),
        ("xyz", " Choose from: optimum, low-cost."),
    ],
)
def test_a_near_miss_is_guessed_and_a_far_one_listed(name, hint):
    """A typing error gets the nearest choice, in any case; anything else all choices."""
    assert hint == did_you_mean(name, ["optimum", "low-cost"])


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefgh12345678",
        "sk-ant-api03-abcdefgh_12345678",
        "gsk_abcdefgh12345678",
        "xai-abcdefgh12345678",
        "hf_abcdefgh12345678",
        "r8_abcdefgh12345678",
        "AIzaSyA1234567890abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.abc",
    ],
)
def test_key_shaped_words_are_redacted(secret):
    """What looks like a provider's key never leaves in a text, even if nobody told us of it."""
    assert "wrong key [redacted], sorry" == redact(f"wrong key {secret}, sorry")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Authorization: Bearer abc123def, x", "Authorization: Bearer [redacted], x"),
        ("GET /v1?key=abcd1234&x=1", "GET /v1?key=[redacted]&x=1"),
        ("api_key=abcd1234 failed", "api_key=[redacted] failed"),
        ("http://me:pass@host/v1", "http://[redacted]@host/v1"),
    ],
)
def test_keys_in_headers_and_addresses_are_redacted(text, safe):
    """Bearer headers, query parameters and user:password of an address are taken out."""
    assert safe == redact(text)


def test_given_secrets_are_redacted_whatever_they_look_like():
    """A candidate's own key is taken out, the longer of two that overlap first."""
    assert "a [redacted] b [redacted]" == redact("a hunter2-long b hunter2", ["hunter2", "hunter2-long", ""])


def test_values_of_secret_looking_variables_are_redacted(monkeypatch):
    """The value of `…_KEY`, `…_TOKEN` and the like is taken out; of other variables, and short values, not."""
    monkeypatch.setenv("ACME_API_KEY", "correct horse battery")
    monkeypatch.setenv("ACME_REGION", "eu-central-17")
    monkeypatch.setenv("ACME_TOKEN", "word")

    assert "[redacted] at eu-central-17, word" == redact("correct horse battery at eu-central-17, word")


def test_ordinary_text_is_left_alone():
    """An error without a secret is shown as it is."""
    text = "RateLimitError: 429 for gpt-4.1 at https://api.example.com/v1/chat, retry in 20 s"

    assert text == redact(text)


def test_a_long_text_is_cut_after_redacting():
    """Of a whole page 600 characters are kept, and a key across the cut leaves no stump."""
    text = redact("x" * 590 + " sk-abcdefgh12345678 " + "y" * 500)

    assert len("[…]") + 1 + 600 == len(text)
    assert text.endswith(" […]")
    assert "sk-" not in text


def test_a_description_is_one_line_with_the_kind():
    """`describe` names the error's class, in one redacted line, also of an error without text."""
    assert "ValueError: bad key [redacted] there" == describe(ValueError("bad key\n  secret-1\tthere"), ["secret-1"])
    assert "TimeoutError: no message" == describe(TimeoutError())


def test_a_secret_with_line_breaks_is_redacted_too():
    """A key of several lines, as a service account has, is not saved by putting the text on one line."""
    key = "first half\n  second half"

    assert "ValueError: bad [redacted] there" == describe(ValueError(f"bad {key} there"), [key])


@pytest.mark.parametrize(
    "given",
    [
        {"api_key": "tell-nobody-4711"},
        {"params": {"api_key": "tell-nobody-4711"}},
        {"params": {"aws_secret_access_key": "tell-nobody-4711"}},
        {"params": {"extra_headers": {"X-Team": "tell-nobody-4711"}}},
    ],
)
def test_a_failure_never_quotes_the_candidates_secrets(given):
    """A provider that quotes a credential of the candidate's in its error does not get it into ours."""
    model = FakeModel(error="denied for tell-nobody-4711")
    llm = DynaRouteChatModel(pool=[Candidate("A", model, **given)], classifier=FixedClassifier())

    with pytest.raises(AllCandidatesFailedError) as caught:
        llm.invoke("hello")

    assert "  - A: RuntimeError: denied for [redacted]" == str(caught.value).splitlines()[1]
