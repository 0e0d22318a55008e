"""The portable prose of problems as plain text for a terminal: formulas as typed, figures by their description."""

from __future__ import annotations

import re
from typing import Final

from problemgen.rendering.notation import ALT
from problemgen.typeset import plain

_BREAK: Final = "\N{LINE SEPARATOR}"
_PATTERNS: Final = (
    ("tfrac", 2, "{}/{}"), ("frac", 2, "({})/({})"), ("emph", 1, "{}"), ("textbf", 1, "{}"), ("texttt", 1, "{}"),
    ("text", 1, "{}"), ("operatorname", 1, "{}"), ("mathrm", 1, "{}"), ("hat", 1, "{}^"), ("widehat", 1, "{}^"),
    ("sqrt", 1, "sqrt({})"), ("fitted", 1, "{}"),
)  # fmt: skip
_WORDS: Final = {
    r"\times": "x", r"\cdot": "*", r"\le": "<=", r"\ge": ">=", r"\leq": "<=", r"\geq": ">=", r"\ne": "!=",
    r"\neq": "!=", r"\to": "->", r"\dots": "...", r"\ldots": "...", r"\lfloor": "floor(", r"\rfloor": ")",
    r"\lceil": "ceil(", r"\rceil": ")",
    r"\quad": "  ", r"\qquad": "   ", r"\\": _BREAK, r"\,": " ", r"\;": " ", r"\ ": " ", r"\!": "", "~": " ", "&": "",
    r"\%": "%", r"\_": "_", r"\#": "#", r"\&": "&", r"\$": "$", r"\{": "{", r"\}": "}", r"\left": "", r"\right": "",
    r"\sum": "sum", r"\max": "max", r"\min": "min", r"\ln": "ln", r"\partial": "d", r"\mid": "|", r"\odot": "(*)",
    r"\in": "in",
}  # fmt: skip


def _group(text: str, start: int) -> tuple[str, int]:
    """Return the contents of the braces that open at `start`, and the place behind them."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place], place + 1
    return text[start + 1 :], len(text)


def _macro(text: str, name: str, arguments: int, pattern: str) -> str:
    r"""Replace every `\name{..}{..}` by the pattern."""
    while (found := re.search(rf"\\{name}\s*(?={{)", text)) is not None:
        end, values = found.end(), []
        for _ in range(arguments):
            value, end = _group(text, end)
            values.append(value)
            end += len(text[end:]) - len(text[end:].lstrip()) if len(values) < arguments else 0
        text = text[: found.start()] + pattern.format(*values) + text[end:]
    return text


def text_of(latex: str) -> str:
    """Return the plain text of a rendered block; a figure is told by its description."""
    text = re.sub(rf"{re.escape(ALT)}(.*?)\n.*?\\end\{{picture\}}", r"\n\n[\1]\n\n", latex, flags=re.DOTALL)
    text = re.sub(r"(?<!\\)%.*\n?", "", text)
    text = re.sub(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", _matrix, text, flags=re.DOTALL)
    text = re.sub(r"\\begin\{tabular\}\{.*?\}(.*?)\\end\{tabular\}", _tabular, text, flags=re.DOTALL)
    text = re.sub(r"\\\\(\*|\[[^]]*\])", r"\\\\", text)
    text = re.sub(r"\\begin\{(\w+\*?)\}(\[[^]]*\]|\{[^}]*\})?|\\end\{\w+\*?\}|\\\[|\\\]|(?<!\\)\$", " ", text)
    for name, arguments, pattern in _PATTERNS:
        text = _macro(text, name, arguments, pattern)
    text = re.sub(r"[_^]\{([^{}]*)\}", lambda found: ("^" if found[0][0] == "^" else "") + found[1], text)
    text = re.sub(r"_(\w)", r"\1", text).replace(r"\item", f"{_BREAK}-")
    for word in sorted(_WORDS, key=len, reverse=True):
        boundary = r"(?![a-zA-Z])" if word[-1].isalpha() else ""
        text = re.sub(re.escape(word) + boundary, _WORDS[word].replace("\\", r"\\"), text)
    text = re.sub(r"\\[a-zA-Z]+", lambda found: plain(found[0]), text)
    paragraphs = re.split(r"\n\s*\n", re.sub(r"(?<!\\)[{}]", "", text))
    lines = (re.sub(rf" ?{_BREAK} ?", "\n", re.sub(r"[ \t\n]+", " ", paragraph)).strip() for paragraph in paragraphs)
    return re.sub(r" ([.,;:])", r"\1", "\n\n".join(line for line in lines if line))


def _matrix(found: re.Match[str]) -> str:
    rows = [[cell.strip() for cell in row.split("&")] for row in re.split(r"\\\\(?:\[[^]]*\])?", found[1])]
    return "[" + "; ".join(", ".join(row) for row in rows) + "]"


def _tabular(found: re.Match[str]) -> str:
    rows = found[1].replace(r"\hline", "").split(r"\\")
    lines = (" | ".join(cell.strip() for cell in re.split(r"(?<!\\)&", row)) for row in rows if row.strip())
    return _BREAK + _BREAK.join(lines)
