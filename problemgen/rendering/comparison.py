"""The fairness report for people: tables on the terminal, and an HTML page with a strip plot of the effort."""

from __future__ import annotations

import sys
from html import escape
from statistics import median
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table

from problemgen.exam.proposals import TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from problemgen.exam.report import Asked, Report

_COLUMNS: Final = 8  # papers that have a column of their own
_WIDE: Final = 160  # characters of a line that goes to a file
_LEFT, _WIDTH, _ROW, _RANGE = 270, 640, 34, 25  # pixels of the plot; percent to either side of the reference
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .7rem;text-align:right}"
    "th{border-bottom:1px solid}td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}"
)


def show(report: Report) -> None:
    """Print the efforts, and what papers share."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False)
    for title, headings, rows in tables(report):
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="right" if place else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()


def tables(report: Report) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return (title, headings, rows) of the two tables: effort, and collisions."""
    labels = list(report.totals)
    each = labels if len(labels) <= _COLUMNS else []
    headings = ["question", "reference", *(each or ("least", "median", "most")), "spread", "outside"]
    rows = [_effort_row(asked, each) for asked in report.questions]
    rows.append(_total_row(report, each))
    shared = [line for asked in report.questions for line in _collision_rows(report, asked)]
    return [
        (f"Effort, in additions of two digits ({len(labels)} papers)", headings, rows),
        (
            "Collisions: an answer is repeated where no other was found in the band",
            ["question", "part", "papers that repeat", "asked", "found"],
            shared,
        ),
    ]


def _effort_row(asked: Asked, each: Sequence[str]) -> list[str]:
    band = f"{asked.reference} ± {asked.band.percent} %" if asked.band else f"{asked.reference} given"
    spread = f"{asked.spread:.1f} %"
    return [asked.slot.id, band, *_spent(asked.efforts, each), spread, str(len(asked.outside))]


def _total_row(report: Report, each: Sequence[str]) -> list[str]:
    references = sorted({total.reference for total in report.totals.values()})
    reference = str(references[0]) if len(references) == 1 else f"{references[0]}-{references[-1]}"
    spent = _spent({label: total.effort for label, total in report.totals.items()}, each)
    outside = sum(10 * abs(total.off) > TOTAL for total in report.totals.values())
    return ["total", f"{reference} ± {TOTAL / 10:g} %", *spent, f"{report.spread:.1f} %", str(outside)]


def _spent(efforts: Mapping[str, int], each: Sequence[str]) -> list[str]:
    """Return the effort on each of these papers, or the least, the median and the most."""
    if each:
        return [str(efforts.get(label, "")) for label in each]
    return [str(min(efforts.values())), f"{median(efforts.values()):g}", str(max(efforts.values()))]


def _collision_rows(report: Report, asked: Asked) -> Iterable[list[str]]:
    if not asked.band:
        return
    count = len(asked.efforts)
    yield [
        asked.slot.id,
        "all numbers",
        str(report.shared(asked)),
        str(count - report.shared(asked)),
        str(report.found(asked)),
    ]
    for name, part in report.parts(asked).items():
        yield ["", name, str(part["equal"]), str(part["asked"]), str(part["available"])]


def page(report: Report, title: str, warnings: Sequence[str]) -> str:
    """Return the report as an HTML page that needs no other file."""
    parts = [f"<h1>Fairness: {escape(title)}</h1>"]
    parts += [f"<p><strong>Not met:</strong> {escape(warning)}</p>" for warning in warnings]
    parts.append(strip_plot(report))
    for heading, names, rows in tables(report):
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        parts.append(f"<h2>{escape(heading)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    head = f'<meta charset="utf-8"><title>Fairness: {escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def strip_plot(report: Report) -> str:
    """Return an SVG: a row for each question, a dot for each paper, by its distance from the reference in percent."""
    rows: list[tuple[str, float, dict[str, float]]] = [
        (asked.slot.id, asked.band.percent if asked.band else 0, _distances(asked.efforts, asked.reference))
        for asked in report.questions
    ]
    rows.append(("total", TOTAL / 10, {label: total.off for label, total in report.totals.items()}))
    height = _ROW * (len(rows) + 1)
    drawn = [_row(place, *row) for place, row in enumerate(rows)]
    for tick in range(-20, 21, 10):
        x = _x(tick)
        drawn.append(f'<path d="M{x} 0V{height - _ROW}" stroke="#0003"/>')
        drawn.append(f'<text x="{x}" y="{height - 12}" text-anchor="middle">{f"{tick:+d}" if tick else 0} %</text>')
    told = f"Effort of {len(report.totals)} papers by question, in percent of the reference; bands are shaded."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH} {height}" role="img" font-size="13" '
        f'font-family="system-ui,sans-serif"><title>{escape(told)}</title>{"".join(drawn)}</svg>'
    )


def _distances(efforts: Mapping[str, int], reference: int) -> dict[str, float]:
    return {label: 100 * (spent - reference) / (reference or 1) for label, spent in efforts.items()}


def _row(place: int, name: str, band: float, distances: Mapping[str, float]) -> str:
    middle = _ROW * place + _ROW / 2
    box_ = f'x="{_x(-band)}" y="{_ROW * place + 3}" width="{_x(band) - _x(-band):.1f}" height="{_ROW - 6}"'
    dots = [f'<text x="4" y="{middle + 4}">{escape(name)}</text><rect {box_} fill="#147" fill-opacity=".12"/>']
    for number, (label, distance) in enumerate(distances.items()):
        y = middle + (number * 7 % 17 - 8)  # papers apart from each other, always in the same way
        told = escape(f"{label}: {distance:+.1f} %")
        dots.append(
            f'<circle cx="{_x(distance)}" cy="{y}" r="3" fill="#147" fill-opacity=".5"><title>{told}</title></circle>'
        )
    return "".join(dots)


def _x(distance: float) -> float:
    inside = max(-_RANGE, min(_RANGE, distance))
    return round(_LEFT + _WIDTH * (inside + _RANGE) / (2 * _RANGE), 1)
