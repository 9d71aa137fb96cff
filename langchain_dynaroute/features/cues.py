"""Words and shapes that hint at what a prompt needs: one pattern a cue, in several languages where short words suffice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _words(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern of whole words; scripts without spaces match anywhere."""
    spaced = [word for word in alternatives if word.isascii() or not re.search("[\u3040-\u9fff]", word)]
    joined = [word for word in alternatives if word not in spaced]
    parts = [rf"\b(?:{'|'.join(spaced)})\b"] if spaced else []
    return re.compile("|".join([*parts, *joined]), re.IGNORECASE)


OPTION = re.compile(r"(?:^|\n|\s)\(?[A-Ea-e1-5][).:]\s+\S")
"""One option of a multiple-choice question."""
SENTENCE_END = re.compile(r"[.!?。！？؟।]+(?:\s|$)")
CLAUSE = re.compile(r"[,;:，；：、]|\b(?:which|that|because|while|although|if|when|und|et|que|и|что)\b", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")
"""A capitalised word inside a sentence: a person, place or thing with a name."""
CONSTRAINT = _words(
    "must", "should", "exactly", "at least", "at most", "no more than", "without", "only", "avoid", "ensure",
    "including", "do not", "don't", "never", "always", "under \\d+", "within", "sin", "ohne", "sans", "только",
    "必须", "不要", "只能", "必ず",
)  # fmt: skip
STEP = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*•])\s+\S|\b(?:first|then|next|after that|finally|step)\b", re.IGNORECASE)
EXAMPLE = re.compile(r"(?:^|\n)\s*(?:question|q|input|example|problem|answer|a|output)\s*\d*\s*[:.]", re.IGNORECASE)
"""The head of a worked example or of its answer."""
CODE = re.compile(
    r"```|\b(?:def|class|function|return|import|public|void|const|SELECT|FROM|#include|print)\b[^.?!]{0,40}[({;:=]|[{};]\s*\n|==|!=|->|=>"
)
TEX = re.compile(
    r"\\(?:frac|sum|int|sqrt|cdot|left|begin|mathbb|le|ge)\b|\$[^$\n]{1,80}\$|[=<>≤≥^]\s*\d|\d\s*[+*/×÷]\s*\d"
)
JSON = re.compile(r"\bjson\b|\{\s*\"[^\"]+\"\s*:|\bschema\b|\byaml\b|\bcsv\b", re.IGNORECASE)
QUOTED = re.compile(r"[\"“«「『][^\"”»」』\n]{20,}[\"”»」』]|:\s*\n")
BLANK = re.compile(r"_{2,}|\[blank\]|\.{3}\s*$|…\s*$")
NON_ASCII = re.compile("[^\x00-\x7f]")
CHINESE_JAPANESE = re.compile("[\u3040-\u9fff]")
CYRILLIC = re.compile("[\u0400-\u052f]")
ARABIC = re.compile("[\u0600-\u06ff]")
DEVANAGARI = re.compile("[\u0900-\u097f]")

CUES: Mapping[str, re.Pattern[str]] = {
    "what_happens_next": _words(
        "what happens next", "happens next", "continue", "complete the", "finish the", "best ending", "ending",
        "how does the (?:story|scene|description) end", "接下来", "続き",
    ),
    "probability": _words(
        "probab\\w+", "likely", "unlikely", "chance", "odds", "expected value", "random\\w*", "probabil\\w+",
        "wahrscheinlich\\w*", "вероятн\\w+", "概率", "可能", "確率",
    ),
    "superlative": _words("most", "least", "best", "worst", "highest", "lowest", "largest", "smallest", "first", "last", "最"),
    "comparison": _words(
        "compare", "versus", "vs", "difference between", "better than", "more than", "less than", "trade-?offs?",
        "comparar", "vergleich\\w*", "сравни\\w*", "比较", "違い",
    ),
    "negation": _words("not", "no", "never", "none", "neither", "except", "incorrect", "false", "isn't", "doesn't", "nicht", "pas", "не", "不", "没", "ない"),
    "conditional": _words("if", "unless", "suppose", "assume", "given that", "in case", "wenn", "falls", "si", "если", "如果", "もし"),
    "causal": _words("why", "because", "cause\\w*", "reason\\w*", "therefore", "warum", "pourquoi", "por qué", "почему", "为什么", "なぜ"),
    "quantity": _words("how many", "how long", "how far", "how fast", "how old", "km/h", "mph", "how much", "total", "sum", "each", "per", "percent\\w*", "cuánto\\w*", "combien", "wie viel\\w*", "сколько", "多少", "いくつ"),
    "proof": _words("prove", "proof", "show that", "derive", "theorem", "lemma", "demuestr\\w+", "beweis\\w*", "démontre\\w*", "докаж\\w+", "证明", "証明"),
    "design": _words("design", "architect\\w*", "plan", "strategy", "propose", "evaluate", "optimi[sz]e", "entwirf", "diseña\\w*", "conçois", "设计", "設計"),
    "explain": _words("explain", "describe", "discuss", "elaborate", "how does", "what is", "explica\\w*", "erklär\\w*", "expliqu\\w+", "объясни\\w*", "解释", "説明"),
    "translate": _words("translat\\w+", "übersetz\\w*", "tradu\\w+", "перевед\\w*", "翻译", "訳", "ترجم\\w*", "अनुवाद"),
    "summarize": _words("summar\\w+", "tl;?dr", "key points", "shorten", "zusammenfass\\w*", "résum\\w+", "resum\\w+", "总结", "要約", "кратко"),
    "rewrite": _words("rewrite", "rephrase", "proofread", "edit", "correct", "format", "convert", "fix the grammar", "改写", "修改", "書き直"),
    "create": _words("write a", "write an", "compose", "poem", "story", "essay", "email", "letter", "speech", "lyrics", "escribe", "schreib\\w*", "écris", "напиши", "写一", "書いて"),
    "debug": _words("error", "exception", "traceback", "bug", "fails?", "failing", "crash\\w*", "doesn't work", "fix", "debug\\w*", "fehler", "ошибк\\w*", "错误", "エラー"),
    "classify": _words("classify", "label", "sentiment", "categori[sz]e", "which category", "positive or negative", "spam"),
    "extract": _words("extract", "find all", "identify", "highlight", "list all", "locate", "提取"),
    "role": _words("you are", "act as", "imagine you", "pretend", "role", "as an? expert", "du bist", "eres un", "你是"),
    "think": _words("step by step", "think", "reason(?:ing)?", "carefully", "show your work", "一步"),
    "opinion": _words("opinion", "do you think", "would you", "should i", "recommend", "advice", "suggest", "prefer"),
    "no_explanation": _words("without explanation", "only the", "just the", "print only", "single choice", "only answer", "no explanation", "(?:number|answer|word|letter) only"),
    "yes_no": _words("yes or no", "true or false", "is it true", "^(?:is|are|does|do|can|did|was|were|has|have|will)"),
    "short_answer": _words("one word", "in a word", "short answer", "briefly", "one sentence", "name the", "who is", "when did"),
    "long_answer": _words("detailed", "in detail", "comprehensive", "thorough\\w*", "\\d{3,} words", "long (?:answer|text|essay|report|list|version)", "full report", "ausführlich", "подробно", "详细"),
    "list_answer": _words("list", "bullet", "enumerate", "top \\d+", "ideas", "examples of", "steps", "table"),
    "temporal": _words("when", "date", "year", "century", "before", "after", "during", "today", "yesterday", "19\\d\\d", "20\\d\\d", "history", "wann", "когда", "什么时候"),
    "place": _words("where", "country", "city", "capital", "river", "located", "map", "wo", "donde", "где", "哪里"),
    "person": _words("who", "president", "king", "queen", "author", "actor", "scientist", "wer", "quién", "кто", "谁"),
    "everyday": _words("kitchen", "dog", "cat", "man", "woman", "people", "water", "car", "house", "ball", "room", "hand", "food", "play\\w*"),
    "science": _words("cell\\w*", "atom\\w*", "energy", "force", "molecul\\w+", "species", "reaction", "quantum", "electr\\w+", "gene\\w*", "planet\\w*", "mass", "velocity"),
    "law_business": _words("court", "contract", "law", "plaintiff", "defendant", "tax", "market", "firm", "revenue", "liab\\w+", "statute"),
    "medicine": _words("patient", "disease", "symptom\\w*", "drug", "clinical", "treatment", "diagnos\\w+", "blood", "infection"),
    "document": _words("the (?:text|passage|article|document|following|above|paragraph)", "below", "according to", "attached"),
    "vague": _words("something", "stuff", "thing", "it", "this", "somehow", "whatever", "maybe", "etc"),
    "moral": _words("moral\\w*", "ethic\\w*", "wrong", "right", "ought", "fair\\w*", "justice"),
    "pronoun": _words("he", "she", "they", "him", "her", "his", "their", "them"),
    "politeness": _words("please", "thanks", "thank you", "could you", "bitte", "por favor", "s'il vous plaît", "пожалуйста", "请", "ください"),
}  # fmt: skip
"""Cue → pattern."""
