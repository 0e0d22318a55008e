"""Tables made from data with PyLaTeX: points, forms to fill in, filled tables, the key grid."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pylatex import NoEscape, Tabular

from problemgen import answers
from problemgen.rendering.notation import Tex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

_QUESTIONS: Final = 12
_BLOCKS: Final = 3
_BLOCK_ROWS: Final = 7
_TALL: Final = (r"\frac", r"\sum", r"\lceil", r"\lfloor", r"\sqrt")
_SHORT: Final = 20  # characters of a model answer that fits into the key grid
_WIDTH: Final = "8cm"  # of a cell for a formula or words
_WIDE: Final = "12cm"  # of one for a long formula, written by hand
_LONG: Final = 45  # characters of a formula as it is typed
_BETWEEN: Final = r"\hspace{1.5em}"


def points(value: Fraction | int) -> Tex:
    """Return points as they are printed: 3 or 2.5."""
    return Tex(f"{float(value):g}")


def worth(total: Fraction, bonus: Fraction) -> Tex:
    """Return the points of a paper with those of its bonus questions, if it has any: 30 or 30 + 4."""
    return Tex(f"{points(total)} + {points(bonus)}" if bonus else points(total))


@lru_cache(maxsize=64)
def points_tables(numbers: tuple[str, ...], totals: tuple[Fraction, ...], bonus: tuple[bool, ...]) -> list[Tex]:
    """Return the grids of questions and points that a marker fills in, at most twelve questions each.

    `numbers` are LaTeX; `bonus` says of each question whether its points are beyond the total.
    """
    beyond = sum((total for total, extra in zip(totals, bonus, strict=True) if extra), start=totals[0] * 0)
    whole = worth(sum(totals, start=totals[0] * 0) - beyond, beyond)
    shown = [f"+{points(total)}" if extra else points(total) for total, extra in zip(totals, bonus, strict=True)]
    blocks = []
    size = _QUESTIONS if max(map(len, numbers)) < len("(10)") else _QUESTIONS // 2
    for start in range(0, len(totals), size):
        block = shown[start : start + size]
        last = start + size >= len(totals)
        table = Tabular("|l|" + "c|" * (len(block) + last))
        heads = list(numbers[start : start + size])
        rows = (
            ["Question", *heads, *(["Total"] if last else [])],
            ["Points", *block, *([whole] if last else [])],
            [r"Reached\rule[-2.2ex]{0pt}{6ex}", *[r"\hspace*{1.6em}"] * len(block), *([""] if last else [])],
        )
        table.add_hline()
        for row in rows:
            table.add_row([NoEscape(cell) for cell in row], escape=False)
            table.add_hline()
        blocks.append(Tex(table.dumps()))
    return blocks


def form(table: answers.Table) -> Tex:
    """Return the empty table a student fills in; cells that are not asked hold a dash."""
    written = [cell for _, cell in table.cells() if isinstance(cell, answers.Expression | answers.Text)]
    width = "2.2cm" if len(table.columns) == 1 else "3cm"
    if written:
        formulas = (len(answers.text(cell)) for cell in written if isinstance(cell, answers.Expression))
        width = _WIDE if len(table.columns) == 1 and max(formulas, default=0) > _LONG else _WIDTH
    strut = r"\rule[-2.4ex]{0pt}{6.4ex}" if written else r"\rule[-1.6ex]{0pt}{4.6ex}"
    return _grid(table, lambda row, column: "" if column in row.cells else "--", lambda _: strut, width)


def filled(table: answers.Table) -> Tex:
    """Return the table with its answers."""

    def cell(row: answers.Row, column: str) -> str:
        return f"${answers.latex(row.cells[column])}$" if column in row.cells else "--"

    def strut(row: answers.Row) -> str:
        tall = any(sign in cell(row, column) for column in row.cells for sign in _TALL)
        return r"\rule[-2.7ex]{0pt}{6.6ex}" if tall else r"\rule[-0.9ex]{0pt}{3.2ex}"

    return _grid(table, cell, strut, None)


def _grid(
    table: answers.Table,
    cell: Callable[[answers.Row, str], str],
    strut: Callable[[answers.Row], str],
    width: str | None,
) -> Tex:
    """Return the table; one of a single narrow column is set in up to three blocks side by side."""
    rows, blocks = len(table.rows), 1
    if len(table.columns) == 1 and width not in {_WIDTH, _WIDE}:
        blocks = min(_BLOCKS, -(-rows // _BLOCK_ROWS))
    height = -(-rows // blocks)
    pieces = [_block(table, table.rows[start : start + height], cell, strut, width) for start in range(0, rows, height)]
    return Tex(f"\\par\\nopagebreak\\smallskip{{\\centering\\fitted{{{_BETWEEN.join(pieces)}}}\\par}}\\smallskip")


def _block(
    table: answers.Table,
    rows: Sequence[answers.Row],
    cell: Callable[[answers.Row, str], str],
    strut: Callable[[answers.Row], str],
    width: str | None,
) -> str:
    column = f"C{{{width}}}|" if width else "c|"
    grid = Tabular("|l|" + column * len(table.columns), pos="t", width=1 + len(table.columns))
    heads = (rf"\textbf{{{head}}}" for head in table.columns.values())
    lines = [(r"\rule[-0.9ex]{0pt}{3.2ex}", *heads)]
    lines += [(row.label + strut(row), *[cell(row, name) for name in table.columns]) for row in rows]
    body = "%\n".join([r"\hline", *(f"{'&'.join(line)}\\\\%\n\\hline" for line in lines)])
    grid.append(NoEscape(body))  # one piece: PyLaTeX is slow with many
    return str(grid.dumps())


def short(answer: answers.Answer) -> Tex:
    """Return an answer for the key grid, in maths without dollars where it is maths; a table gives its last row."""
    match answer:
        case answers.Table(columns, rows):
            last = rows[-1]
            heads = {name: f"{head} " if len(columns) > 1 else "" for name, head in columns.items()}
            cells = "; ".join(f"{heads[name]}${answers.latex(cell)}$" for name, cell in last.cells.items())
            above = r"\dots\ " if len(rows) > 1 else ""
            return Tex(f"{above}{last.label}: {cells}")
        case answers.Text(model_answer):
            return Tex(model_answer if len(model_answer) <= _SHORT else r"\emph{in words}")
        case answers.Choice(options, correct):
            plain = answers.plain_words(options)
            return Tex(", ".join(options[place] if plain else chr(ord("A") + place) for place in sorted(correct)))
    return Tex(f"${answers.latex_rounded(answer)}$")


def full(answer: answers.Answer) -> Tex:
    """Return an answer as the key prints it: tables whole, the rest in a line."""
    if isinstance(answer, answers.Table):
        return filled(answer)
    if isinstance(answer, answers.Choice):
        return Tex("; ".join(answers.option(answer.options, place) for place in sorted(answer.correct)))
    if isinstance(answer, answers.Text):
        return Tex(answer.model_answer)
    return Tex(f"${answers.latex(answer)}$")


def key_grid(heads: Sequence[Tex], rows: Sequence[tuple[str, Sequence[answers.Answer | Tex]]]) -> Tex:
    """Return the short answers, a row for each part and a column for each paper; LaTeX is printed as it stands."""
    grid = Tabular("|l|" + "c|" * len(heads))
    grid.add_hline()
    strut = r"\rule[-1.4ex]{0pt}{4ex}"
    names = (rf"\textbf{{{head}}}" for head in heads)
    grid.add_row([NoEscape(cell) for cell in (strut, *names)], escape=False)
    grid.add_hline()
    for label, cells in rows:
        lines = max((len(cell.entries) for cell in cells if isinstance(cell, answers.MatrixAnswer)), default=1)
        strut = rf"\rule[-{1.5 * lines:.1f}ex]{{0pt}}{{{3 * lines + 1:.1f}ex}}"
        shown = (cell if isinstance(cell, Tex) else short(cell).replace(r"\frac", r"\tfrac") for cell in cells)
        texts = [label + strut, *shown]
        grid.add_row([NoEscape(text) for text in texts], escape=False)
        grid.add_hline()
    return Tex(grid.dumps())
