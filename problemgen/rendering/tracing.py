"""Which question and block a line of a sheet's source comes from, so that an error is told in those words.

TeX notices a brace that is not closed only where something else ends, often in another question: so the blocks of a
document that failed are looked through for what does not balance.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from problemgen.rendering.notation import Tex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MARK: Final = "% from "
_END: Final = "% to here"
_TOKEN: Final = re.compile(
    r"(?P<skip>\\[^a-zA-Z(\[\])]|\\\[|\\\]|\\\(|\\\)|%[^\n]*)|\\(?P<what>begin|end)\s*\{(?P<name>[^}]*)\}|(?P<sign>[{}$]+?)"
)
_PAIRS: Final = {r"\[": r"\]", r"\(": r"\)"}


def traced(text: Tex, where: str) -> Tex:
    """Return a block between comments that say where it comes from."""
    return Tex(f"{_MARK}{where}\n{text}%\n{_END}\n")


def block_at(lines: Sequence[str], number: int) -> str:
    """Return which question and block the 1-based source line belongs to, or an empty string."""
    for line in reversed(lines[: max(number - 1, 0)]):
        if line.startswith(_MARK):
            return line.removeprefix(_MARK)
        if line.startswith((r"\begin{document}", r"\end{document}")):
            break
    return ""


def unbalanced(lines: Sequence[str]) -> tuple[int, str] | None:
    """Return the 1-based line and the name of what is opened and not closed, or closed and not opened, in a block."""
    for start, block in _blocks(lines):
        opened: list[tuple[str, int]] = []
        for token, line in _tokens(block, start):
            closes = opened and opened[-1][0] == token
            if closes:
                opened.pop()
            elif token in {"$", *_PAIRS, "{"} or token.startswith(r"\begin"):
                opened.append((_closing(token), line))
            else:
                return line, f"{token} closes nothing"
        if opened:
            return opened[-1][1], f"{opened[-1][0]} is missing"
    return None


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield each block with the number of its first line."""
    start = 0
    for number, line in enumerate(lines, start=1):
        if line.startswith(_MARK):
            start = number + 1
        elif line.startswith(_END) and start:
            yield start, "\n".join(lines[start - 1 : number - 1])
            start = 0


def _tokens(block: str, start: int) -> Iterator[tuple[str, int]]:
    for found in _TOKEN.finditer(block):
        line = start + block.count("\n", 0, found.start())
        if found["what"]:
            yield rf"\{found['what']}{{{found['name']}}}", line
        elif found["sign"] or found[0] in {*_PAIRS, *_PAIRS.values()}:
            yield found[0], line


def _closing(token: str) -> str:
    if token.startswith(r"\begin"):
        return token.replace(r"\begin", r"\end", 1)
    return {"{": "}", "$": "$", **_PAIRS}[token]
