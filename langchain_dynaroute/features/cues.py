"""Words and shapes that hint at what a prompt needs: one pattern a cue, in several languages where short words suffice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _words(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern of whole words, for lower-case text; scripts without spaces, and Devanagari with its signs, match anywhere."""
    spaced = [word for word in alternatives if word.isascii() or not re.search("[\u0900-\u097f\u3040-\u9fff]", word)]
    joined = [word for word in alternatives if word not in spaced]
    parts = [rf"\b(?:{'|'.join(spaced)})\b"] if spaced else []
    return re.compile("|".join([*parts, *joined]))


_LANGUAGES = "(?:english|german|french|spanish|italian|portuguese|dutch|russian|ukrainian|czech|polish|chinese|mandarin|japanese|korean|arabic|hebrew|hindi|turkish|swedish|greek|latin|swahili|persian)"
OPTIONS = re.compile(
    r"(?<![^\s?:.])(\(?)[aаأक]([).:、．])\s*\S.{0,500}?(?<!\S)\1[bбبख]\2\s*\S"
    r"|[?？؟]\s*\n\s*\(?1[).]\s*[^\n]{1,80}\n\s*\(?2[).]\s*[^\n]{1,80}(?:\n|$)",
    re.IGNORECASE | re.DOTALL,
)
"""Option A and then option B, marked alike; or numbered lines right below a question."""
OPEN_STEM = re.compile(
    r"(?:^|\n)(?![^\n?]*\b(?:which|what|who|how|why)\b)[^\n?]{20,}[^\s?:]\s*\n\(?[Aa][).]\s", re.IGNORECASE
)
"""Options right below a line that asks nothing: one of them goes on with it."""
SENTENCE_END = re.compile(r"[.!?。！？؟।]+(?:\s|$)")
CLAUSE = re.compile(r"[,;:，；：、]|\b(?:which|that|because|while|although|if|when|und|et|que|и|что)\b", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")
"""A capitalised word inside a sentence: a person, place or thing with a name."""
STEP = re.compile(
    r"(?:^|\n)[ \t]*(?:\d+[.)]|[-*•])\s+\S|\b(?:first|then|next|after that|finally|step)\b", re.IGNORECASE
)
EXAMPLE = re.compile(r"(?:^|\n)[ \t]*(?:question|q|input|example|problem|answer|a|output)\s*\d*\s*[:.]", re.IGNORECASE)
"""The head of a worked example or of its answer."""
CODE = re.compile(
    r"```|`[^`\n]{2,80}`|\bdef \w+\s*\(|\bclass \w+\s*[:({]|\bfunction\s*\w*\([^()\n]{0,80}\)\s*\{|#include"
    r"|\breturn\b[^.?!\n]{0,60};|(?:^|\n)[ \t]*(?:import [\w.]+\s*(?:\n|;|$)|from [\w.]+ import|public \w+)|\b(?:var|const|auto|int) \w+ ?="
    r"|\bSELECT\b[^;]{1,200}?\bFR?OR?M\b|\bprint(?:f|ln)?\(|\bconsole\.log|\bstd::|[)}\]'\"];[ \t]*(?:\n|$)|\{[ \t]*\n|\n[ \t]*\}[ \t;]*(?:\n|$)"
    r"|(?<=[\w )\]])(?:={2,3}|!==?) ?[\w'\"\[{(]|(?<=\w)->\w|\) ?=>|=> ?[{(]|(?<=[a-z])(?:Error|Exception)\b|</?(?:div|p|a|img|ul|li|script|span|html|body)\b"
    r"|\b(?:kubectl|git|docker|npm|pip|sudo|grep|chmod|curl) [-\w]"
)
RAISED = re.compile(r"(?<=[a-z])(?:Error|Exception)\b")
"""What a program in trouble says."""
DRAWING = re.compile(r"\[asy\]")
"""The head of a drawing in a mathematics problem: it looks like code, and is not what is asked."""
CODE_TASK = re.compile(
    r"\b(?:write|implement|create|give|make|complete|solve|need|port|refactor|escrib\w+|escrev\w+|écri\w+|schreib\w*|напиш\w+)\b[^.?!\n]{0,40}"
    r"\b(?:(?:function|program|method) (?:to|that|which|called|named)|(?:shell|bash) (?:command|script)|script|code|quer(?:y|ies)|regex|one-liner"
    r"|SQL|Python|JavaScript|TypeScript|Java|Rust|LeetCode|funci[oó]n en|função em|fonction en|Funktion in|функци\w+|скрипт\w*|код)\b"
    r"|(?:写|編写|编写|作成|実装)[^。？\n]{0,20}(?:函数|代码|脚本|程序|関数|コード|スクリプト)"
    r"|\b(?:in|using|en|em|na|на) (?-i:Python|JavaScript|TypeScript|Java|SQL|Rust|PHP|Kotlin|bash)\b|\bin C(?:\+\+|#)|(?-i:Python|SQL|bash)で|\bone-liner\b|\bfiles?\b[^.?!\n]{0,60}\b(?:director(?:y|ies)|folders?)\b",
    re.IGNORECASE,
)
"""To write a program."""
TEX = re.compile(
    r"\\(?:frac|sum|int|sqrt|cdot|left|begin|mathbb|le|ge|vec)\b|\$(?!\d[\d.,]*\s)[^$\n]{1,80}\$|[=<>≤≥^]\s*\d|\d\s*[+*×÷]\s*\d|(?<![\d/.])\d+\s*/\s*\d+(?![\d/])|√"
)
JSON = re.compile(
    r"(?<![\w.])(?:json|yaml|xml|csv)\b(?! (?:file|error|export|pars))|\{\s*\"[\w ]+\"\s*:\s*(?:[\[{<]|\"(?:\.\.\.|\w+\|))"
    r"|(?:^|\n)[ \t]*\{\s*\"[\w ]+\"\s*:|(?:following|this|fixed) (?:format|schema)|keys? [`\"'“]",
    re.IGNORECASE,
)
"""JSON, or another format that programs read, as something to be written."""
QUOTED = re.compile(r"[\"“«「『][^\"”»」』\n]{20,}[\"”»」』]|(?<!ptions)(?<!nswer):\s*\n")
PASSAGE = re.compile(r"[^\n]{320}")
"""A paragraph too long to be the question itself."""
BLANK = re.compile(
    r"(?<![\w.*`/])_{3,}(?!\w)|(?<=[^\W\d_] )(?<!for )(?<!in )_+(?=[ .,;?!]+(?:[^\W\d_]|\n|$))|(?:^|\n)_ (?=[a-z])|\[blank\]|(?<=\w)(?:\.{3}|…)\s*$",
    re.IGNORECASE,
)
"""A gap to be filled, or a text that breaks off."""
NON_ASCII = re.compile("[^\x00-\x7f]")
CHINESE_JAPANESE = re.compile("[\u3040-\u9fff]")
CYRILLIC = re.compile("[\u0400-\u052f]")
ARABIC = re.compile("[\u0600-\u06ff]")
DEVANAGARI = re.compile("[\u0900-\u097f]")

CUES: Mapping[str, re.Pattern[str]] = {
    "constraint": _words(
        "must", "should", "exactly", "at least", "at most", "no more than", "without", "only", "avoid", "ensure",
        "including", "do not", "don't", "never", "always", "under \\d+", "within", "sin", "ohne", "sans", "только",
        "必须", "不要", "只能", "必ず",
    ),
    "math_word": _words(
        "area", "semi-?circles?", "digits", "dice", "ratio", "invertible", "matri(?:x|ces)", "fractions?", "convex", "круг\\w*", "вероятност\\w+", "概率", "sqrt", "integers?", "divisors?", "divisible", "triangles?", "hexagon\\w*", "octagon\\w*", "polygons?", "perimeter", "equations?", "polynomials?",
        "integrals?", "calculus", "eigenvalues?", "vertices", "prime numbers?", "quadratic", "arithmetic", "median", "mean of", "subgroups?", "theorems?",
        "ecuaci\\w+", "équations?", "gleichung\\w*", "equaç\\w+", "уравнени\\w+", "معادلة", "方程", "积分", "積分", "समीकरण",
    ),
    "number_word": _words("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "\\w+teen", "twenty", "\\w+ty-\\w+", "dozen", "hundred", "thousand", "twice"),
    "what_happens_next": _words(
        "what (?:happens|happened|comes|will happen|would happen) next", "happens? next", "continue (?:the|this|my|with the) (?:story|scene|text|paragraph|dialogue|sentence|poem|narrative|tale|passage)",
        "(?:complete|finish) (?:the|this|my) (?:\\w+ )?(?:story|scene|sentences?|text|paragraph|dialogue|poem|line|lyrics|novel|narrative|passage)",
        "(?:best|correct|likely|plausible|alternat\\w+|happy|sad|twist|good) ending", "how does the (?:story|scene|description) end", "(?:qué|que) (?:pasa|pasará|acontece) después",
        "contin[uú]a (?:la|el|a|o) (?:historia|relato|história|texto|conto)", "(?:continue|termine) l'histoire", "was passiert als nächstes", "setze? die geschichte fort",
        "что (?:будет|произойд[её]т) дальше", "продолжи\\w*", "接下来", "续写", "接着写", "続き", "ماذا يحدث بعد", "أكمل", "आगे क्या", "पूरा करो", "पूरी करो", "पूरी कीजिए",
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
    "quantity": _words("how many", "quant[oa]s", "كم", "कितन", "几个", "几瓶", "how long", "how far", "how fast", "how old", "km/h", "mph", "how much", "total", "sum", "each", "per", "percent\\w*", "cuánto\\w*", "combien", "wie viel\\w*", "сколько", "多少", "いくつ"),
    "proof": _words("prove", "proofs?(?! of (?:purchase|payment|concept|identity|address|delivery))", "show that", "derive", "theorem", "lemma", "demuestr\\w+", "beweis\\w*", "démontre\\w*", "докаж\\w+", "证明", "証明"),
    "design": _words("how (?:should|would|do|can) (?:i|we|you) (?:model|structure|build|scale|design|organi[sz]e|handle|store|split|migrate|shard)", "should (?:i|we) (?:use|build|split)", "trade-?offs?", "спроектир\\w*", "صمم", "架构", "构建", "design", "architect\\w*", "plan(?:ning|s)?", "strategy", "propose", "evaluate (?:whether|the (?:risk|impact|trade|option|feasib)\\w*)", "optimi[sz]e", "roadmap", "entwirf", "diseña\\w*", "planea\\w*", "conçois", "спланируй\\w*", "خطة", "设计", "規劃", "计划", "設計", "計画", "योजना"),
    "explain": _words("explain", "describe", "discuss", "elaborate", "how (?:does|do|did)", "what does", "what (?:is|are) (?:an? )?[a-z-]{4,}(?: [a-z-]{4,})?\\s*\\?", "explica\\w*", "explique\\w*", "erklär\\w*", "expliqu\\w+", "объясни\\w*", "اشرح", "解释", "説明", "समझा"),
    "translate": _words(
        "怎么说", "用[法日德西俄]语", "по-(?:английски|русски|немецки|французски|испански)", "(?:auf|ins) (?:englisch|deutsch|türkisch|französisch|spanisch)e?", "(?:إلى|ب)ال(?:إنجليزية|عربية|فرنسية|ألمانية)", "بالإنجليزية", "英文怎么说", "用英语", "を英語で", "英語に", "日本語に", "अंग्रेज़ी में", "हिंदी में", "translat(?:e|ed|ing|ions?|or|ors)(?! (?:of m?rna|initiation|table|to logic|into (?:predicate|first|prl|propositional|symbol)\\w*))", "subtitl\\w+", "übersetz\\w*", "tradu(?:ce|cir|z|zir|zca|is|ire|it|cción|ção|ction|ci|zione)\\w*",
        "перев(?:ед|од)(?:и|ите|ём|ем|ти|ить|)(?: на)?", "terjemahkan", "przetłumacz", "çevir", "ترجم\\w*", "翻译", "翻譯", "翻訳", "(?:译|譯|訳)成", "[英日中和]訳", "訳し", "अनुवाद",
        "(?:en|de|fr|es|zh|ja|ru) ?(?:>|->|→) ?(?:en|de|fr|es|zh|ja|ru)", f"(?:in|into|to) (?!plain|simple)(?:\\w+ )?{_LANGUAGES}(?=[,.?!:;]|\\s*(?:$|\\n)| please| for| as| to| with)", f"(?:put|turn|render|say|have|need|get|text|message)[^.?!\\n]{{1,60}} (?:in|into) (?:\\w+ )?{_LANGUAGES}",
        "how (?:do|would|can) (?:you|i|we) say", "what does (?:this|it|that) say", f"{_LANGUAGES} (?:version|(?:to|into|->|→) {_LANGUAGES})",
        "译成", "(?:al|en|au|ins?|auf|para o|em) (?:inglés|español|francés|alemán|anglais|espagnol|allemand|englische|deutsche|französische|inglês|francês|alemão)", "на (?:английск|русск|немецк|французск|испанск)\\w+",
    ),
    "summarize": _words("summar(?:y|ies|i[sz]\\w*)(?! (?:judge?ment|statistics|offen[cs]e|dismissal))", "sum (?:up|this up|it up)", "tl;?dr", "key points", "shorten", "^shorter", "make (?:it|this) shorter", "gist", "boil (?:this|it) down", "main points", "takeaways", "síntesis", "síntese", "ringkas\\w*", "condens(?:e|a|ez)", "recap\\w*", "synthesi[sz]e (?:these|the|this)", "in a nutshell", "zusammen(?:fass\\w*|gefasst)", "fass\\w* [^.?!\\n]{0,60}zusammen", "résum(?:e|é|er|ez)s?", "resumen", "resum(?:ir|o|a|ido)", "resume (?:el|la|los|las|este|esta|esto|en|o|os|as|em)", "resúme\\w*", "sintetiza\\w*", "riassu\\w+", "总结", "概括", "摘要", "要約", "まとめて", "кратко", "краткое", "резюм\\w+", "لخص\\w*", "تلخيص", "ملخص", "सारांश", "संक्षेप"),
    "rewrite": _words("tighten", "reverse the order", "alphabeti[sz]e", "sort (?:these|this)", "(?:turn|change|put) (?:this|these|it|my|the)(?: \\w+){0,3} into", "make (?:this|it|these|my|the)(?: \\w+){0,2} (?:shorter|more|less|sound|polite|formal|friendl\\w+)", "(?:to|into|as|in) (?:a )?(?:bullet points?|table|title case|upper ?case|lower ?case|markdown|third person)", "apostrophes?", "commas", "typos?", "clean (?:this|it)? ?up", "normali[sz]e", "formatier\\w*", "überarbeite\\w*", "формат\\w*", "отредактир\\w*", "حرر", "حرّر", "نسق", "رتب", "整理", "排版", "格式", "整形", "直して", "rewrite", "reword", "rephrase", "paraphrase", "proofread", "edit(?! distance)", "polish (?:this|my|the)", "(?:please )?correct (?:this|my|the (?!answer|option|choice|statement|order|letter|one|response|sequence|definition)\\w+)", "(?:re)?format (?:this|these|it|the|my|as|into)", "convert (?:this|these|it|the|my)", "fix (?:the|my|this) (?:grammar|spelling|punctuation|text)", "reescrib\\w+", "reescrev\\w+", "reformul\\w+", "corrige\\w*", "umformulier\\w*", "korrigier\\w*", "перепиш\\w+", "исправь\\w*", "أعد صياغة", "改写", "修改", "润色", "書き直", "सुधार"),
    "create": _words(
        "ballad\\w*", "a toast", "verfass\\w*", "escríbe\\w*", "придумай\\w*", "un petit mot", "un texte", "blurb", "manifesto", "dialogue between", "best man", "cuento", "conte", "märchen", "(?:write|compose|draft|create|give|need|want) (?:me )?(?:an?|the|some|two|three|my|our) (?!function|program|python|method|code|script|quer|regex|solution|shell|bash|summary|equation|expression|formula|number|fraction|class|\\w+ (?:function|program|script|command|quer))(?:[\\w-]+ ){0,3}(?:poem|song|story|essay|email|e-mail|letter|speech|lyrics|article|post|text|report|message|toast|blog|review|copy|slogan|script|scene|dialogue|novel|chapter|piece|paragraph|tale|haiku|limerick|joke|narrative|plot|ad|note|card|title|draft|announcement)s?",
        "write about", "poems?", "short story", "essay", "letter (?:to|from)", "lyrics", "sonnet\\w*", "haiku\\w*", "limericks?", "fable", "eulogy", "sestina", "pastiche", "slogans?", "a novel (?:about|in which|set)", "fanfic\\w*", "screenplay", "birthday card",
        "escrib[ea]", "poema", "soneto", "escrev[ea]", "quero um", "schreib\\w*", "gedicht\\w*", "écri[st]\\w*", "poème", "scrivi", "napisz", "напиши\\w*", "сочини\\w*", "стих\\w*", "рассказ\\w*", "اكتب", "قصيدة", "写一", "写篇", "写首", "書いて", "作文", "कविता", "कहानी", "लिखो", "लिखिए", "लिख दो",
    ),
    "debug": _words("cannot connect", "permission denied", "already in use", "nothing happens", "no se (?:ve|carga|abre)", "hängt", "(?:why does|why is|this|it|that|still|but|always) fail(?:s|ing)?", "fail(?:s|ed|ure) (?:with|on|because|in|to)", "broke", "mismatch", "memory leak", "complains", "失败", "崩溃", "异常", "不一致", "errors?(?! bars?| rate| term| of (?:the )?estimat| bound)(?<!standard error)(?<!margin of error)", "exceptions?(?! of)", "traceback", "segfault", "deadlock", "bugs?", "buggy", "failing", "(?:test|build|it|code|query|request|compil\\w+|-t) fails?", "crash(?:es|ing)", "(?:doesn't|does not|don't|not|isn't|stopped) work\\w*", "not showing", "works on my", "never stops", "what(?:'s| is) (?:wrong|causing|malformed)", "find the flaw", "(?:syntax|missing) (?:check|mistakes?|bracket|colon|semicolon)", "(?:the|check the) syntax", "which line is wrong", "compiler? complains?", "does this compile", "fix (?:the|this|my|it)", "debug\\w*", "fehler", "funktioniert nicht", "no funciona", "não funciona", "ne (?:marche|fonctionne) pas", "erreur", "ошибк\\w*", "не работает", "خطأ", "错误", "报错", "エラー", "バグ", "動かない", "त्रुटि"),
    "classify": _words("(?:what|which) (?:label|class|topic|section)", "is (?:this|the) (?:review|email|message|tweet|sentence)", "classify (?:the|this|these|each|whether|as)", "label (?:the|this|these|each|as)", "sentiment", "categori[sz]e", "which category", "positive or negative", "positive, negative", "spam", "clasifica\\w*", "klassifizier\\w*", "classifi(?:e|ez|que)", "классифицир\\w*", "صنف", "分类", "分類", "वर्गीकृत"),
    "extract": _words("extract(?:ed)? (?:the|all|every|each|any|from|names?|dates?|only)", "find all", "identify", "highlight", "list all", "pull out", "extrae\\w*", "extraiga", "extrai\\w*", "extrahier\\w*", "извлек\\w*", "استخرج", "提取", "抽出", "निकाल"),
    "role": _words("(?<!if )you are (?:an? (?!given)|the (?!given)|my|now an?)", "you're an? (?:expert|experienced|assistant|helpful|senior)", "act (?:as|like) (?:an?|my|if|the)", "imagine you", "pretend", "role[- ]?play\\w*", "(?:play|take) the role", "in the role of", "as an? (?:expert|experienced|professional)", "du bist ein\\w*", "eres una?", "você é um\\w*", "tu es une?", "vous êtes une?", "представь, что ты", "أنت خبير", "你是一", "你是", "あなたは", "आप एक"),
    "think": _words("step[- ]by[- ]step", "think (?:it |this )?(?:through|carefully|hard|step|deeply|before)", "(?:your|provide|with) reasoning", "reason (?:through|carefully|step|about)", "carefully", "show (?:your|the|all) (?:work\\w*|steps|reasoning)", "chain of thought", "paso a paso", "passo a passo", "étape par étape", "schritt für schritt", "пошагово", "шаг за шагом", "خطوة بخطوة", "一步", "逐步", "順を追って", "क्रमवार"),
    "opinion": _words("opinion", "do you think", "would you", "should i", "recommend", "advice", "suggest", "prefer"),
    "no_explanation": _words("without (?:an? |any )?(?:explanation|explaining)", "(?:answer|reply|respond|return|output|print|give|say|write)(?: me| us)?(?: back)?(?: with)? (?:only|just)(?: the| a)? (?:single )?(?:letter|number|digit|option|choice|word|answer|value|label|integer|yes|single)", "single choice", "no explanation", "(?:number|answer|word|letter|digit|value)s? only", "(?:just|only) the (?:number|letter|answer|digit|option|choice|value)", "with the letter", "single (?:letter|character|digit|number)", "(?:which|what) letter", "solo la (?:letra|respuesta)", "sólo la (?:letra|respuesta)", "só a (?:letra|resposta)", "seulement la (?:lettre|réponse)", "nur (?:den buchstaben|die zahl|die antwort|die nummer)", "только (?:букв\\w|число|ответ|цифр\\w)", "فقط الحرف", "الحرف فقط", "只回答", "只需回答", "只要答案", "答えだけ", "数字だけ", "केवल उत्तर", "सिर्फ उत्तर"),
    "yes_no": _words("yes or no", "yes/no", "true or false", "is it true", "^(?:(?:is|are|does|did|was|were|has|have)|(?:do|can|could|will|would|should)(?! (?:you|the following|not|this|i have a)))", "¿?sí o no", "sim ou não", "oui ou non", "ja oder nein", "да или нет", "نعم أم لا", "^هل", "是否", "对吗", "是吗", "ですか[?？]?$", "^क्या"),
    "short_answer": _words("one word", "in a word", "short answer", "briefly", "one sentence", "name the", "who is", "when did"),
    "long_answer": _words("detailed", "in detail", "comprehensive", "thorough\\w*", "\\d{3,} words", "long (?:answer|text|essay|report|list|version)", "full report", "ausführlich", "подробно", "详细"),
    "list_answer": _words("list", "bullet", "enumerate", "top \\d+", "ideas", "examples of", "steps", "table"),
    "temporal": _words("when", "date", "year", "century", "before", "after", "during", "today", "yesterday", "19\\d\\d", "20\\d\\d", "history", "wann", "когда", "什么时候"),
    "place": _words("where", "country", "city", "capital", "river", "located", "map", "wo", "donde", "где", "哪里"),
    "person": _words("who", "president", "king", "queen", "author", "actor", "scientist", "wer", "quién", "кто", "谁"),
    "everyday": _words("kitchen", "dogs?", "cats?", "man", "men", "woman", "women", "people", "persons?", "water", "cars?", "house", "ball", "room", "hands?", "food", "play(?:s|ed|ing)?", "boys?", "girls?", "child(?:ren)?", "kids?", "mom", "mother", "father", "friends?", "shirt", "shoes?", "chairs?", "bed", "door", "window", "knife", "cup", "bottle", "street", "cook(?:s|ed|ing)?", "wear(?:s|ing)?", "hair", "skin", "clothes", "hombre", "mujer", "casa", "comida", "perro", "gato", "maison", "chien", "homme", "haus", "hund", "wasser", "дом", "вод[аы]", "собак\\w+", "кошк\\w+", "家里", "厨房", "台所", "घर", "पानी"),
    "science": _words("chromosom\\w*", "enzymes?", "proteins?", "organisms?", "wavelength", "voltage", "cells?", "cellular", "atom(?:s|ic)?", "energy", "force", "molecul\\w+", "species", "reaction", "quantum", "electr\\w+", "gen(?:es?|etic\\w*|ome\\w*)", "planet\\w*", "mass", "velocity", "célula\\w*", "energía", "átomo\\w*", "zelle\\w*", "энерги\\w+", "клетк\\w+", "细胞", "能量", "細胞", "原子"),
    "law_business": _words("courts?", "contracts?", "(?<!'s )laws?(?! of (?:cosines|sines|thermodynamics|gravit\\w*|motion|large|attraction|conservation|inertia|demand))", "lawsuit", "plaintiffs?", "defendants?", "tax(?:es)?", "markets?", "firms?", "revenues?", "liab\\w+", "statutes?", "contrato\\w*", "vertrag\\w*", "contrat", "impuesto\\w*", "договор\\w*", "налог\\w*", "合同", "法院", "契約"),
    "medicine": _words("patient", "disease", "symptom\\w*", "drug", "clinical", "treatment", "diagnos\\w+", "blood", "infection"),
    "document": _words("the (?:text|passage|article|document|above|paragraph|excerpt|email|report|transcript)", "(?:this|following) (?:\\w+ )?(?:text|passage|article|document|paragraph|excerpt|email|report|transcript|dialogue|conversation|code|function|sentence|data)", "(?:text|table|data|see|listed|given|shown|pasted) below", "below is", "below are", "according to the", "attached", "el (?:siguiente )?texto", "der (?:folgende )?text", "ce texte", "o texto", "следующ\\w+ текст\\w*", "النص", "下面", "以下", "नीचे"),
    "vague": _words("something", "stuff", "thing", "it", "this", "somehow", "whatever", "maybe", "etc"),
    "moral": _words("(?:im)?moral(?:ly|ity|s)?", "(?:un)?ethic\\w*", "(?:is|was|be|it) (?:it )?wrong to", "right (?:or|and|from) wrong", "wrong or right", "the right thing", "ought", "unfair\\w*", "fairness", "(?<!un)just(?:ice|ified)", "moralisch\\w*", "éthique", "ética", "мораль\\w*", "этич\\w*", "أخلاق\\w*", "道德", "倫理", "नैतिक"),
    "pronoun": _words("he", "she", "they", "him", "her", "his", "their", "them", "ella", "ellos", "ele", "eles", "elles", "ihm", "ihn", "он", "она", "они", "его", "её", "ей", "他", "她", "彼", "उसने", "उसकी", "उसके"),
    "politeness": _words("please", "thanks", "thank you", "could you", "bitte", "por favor", "s'il vous plaît", "пожалуйста", "请", "ください"),
}  # fmt: skip
"""Cue → pattern."""
