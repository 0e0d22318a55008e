"""The letters of symbolic problems: which ones textbooks use for a size, and a choice in which no two are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

USUAL: Final[Mapping[str, str]] = {
    "in_height": "HNA", "in_width": "WMB", "in_channels": "CD", "out_channels": "FKM", "kernel_size": "KFR",
    "stride": "ST", "padding": "PQZ", "dilation": "DRE", "groups": "GB", "pool_size": "QVU", "pool_stride": "TXY",
}  # fmt: skip
"""Letters by the name of the field, height and width in pairs; F and K change places in some lecture notes."""


def distinct(
    choose: Callable[[Sequence[str]], str], names: Iterable[str], usual: Mapping[str, str] = USUAL
) -> dict[str, str]:
    """Return one of the usual letters for each name, none of them twice; all are small or all are large."""
    taken: dict[str, str] = {}
    for name in names:
        free = [letter for letter in usual[name] if letter not in taken.values()]
        if name == "in_width":
            free = [usual[name][usual["in_height"].index(taken["in_height"])]]
        taken[name] = choose(free)
    small = choose(("small", "large")) == "small"
    return {name: letter.lower() if small else letter for name, letter in taken.items()}


def check(letters: Mapping[str, str]) -> None:
    """Refuse what is no letter, and a letter that stands for two things; an empty one stands for nothing."""
    used = [letter for letter in letters.values() if letter]
    for name, letter in letters.items():
        alone = len(letter) == 1 and letter.isascii() and letter.isalpha()
        require(not letter or alone, f"{name}: '{letter}' is no letter from a to z")
    require(len(set(used)) == len(used), f"one letter stands for two things in {', '.join(used)}")


def of(record: object) -> dict[str, str]:
    """Return the letters of a record whose fields have the usual names, by field."""
    return {name: getattr(record, name) for name in USUAL if hasattr(record, name)}


def outputs(record: Any) -> dict[str, str]:
    """Return the letters of the output's height and width: those of the input, with a prime."""
    return {"out_height": f"{record.in_height}'", "out_width": f"{record.in_width}'"}
