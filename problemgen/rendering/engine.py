"""Many documents typeset in few runs, split into one PDF each.

Documents with the same preamble share a run.  Page totals are known only after typesetting, so a run is repeated
once with the totals its markers reported; no auxiliary files are read.  When a run fails, its documents are set one
by one: a bad question costs its own paper and is named, the others are delivered.
"""

from __future__ import annotations

import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pikepdf

from problemgen.rendering import tex
from problemgen.rendering.sheet import Document, block_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BEGIN: Final = "\\begin{document}\n"
_END: Final = "\\end{document}"
_MARKER: Final = re.compile(r"^@@page-total (\d+) (\d+) (\d+)$", re.MULTILINE)
_HEAD: Final = 3
_SECONDS: Final = 30.0
_SECONDS_EACH: Final = 2.0


@dataclass
class Typeset:
    """PDFs by document name, and for each document that failed the first error and where it came from."""

    pdfs: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def typeset(documents: Sequence[Document], workers: int | None = None) -> Typeset:
    """Typeset the documents; raises `TexMissing` when there is no LaTeX."""
    tex.pdflatex()
    workers = workers or os.cpu_count() or 1
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(document.source.partition(_BEGIN)[0], []).append(document)
    chunks = []
    for preamble, group in groups.items():
        tex.prepare(preamble)
        size = max(1, -(-len(group) * len(groups) // max(workers, len(groups))))
        chunks += [(preamble, group[start : start + size]) for start in range(0, len(group), size)]
    result = Typeset()
    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(lambda chunk: _chunk(*chunk), chunks):
            result.pdfs |= done.pdfs
            result.failures |= done.failures
    return result


def _chunk(preamble: str, documents: Sequence[Document]) -> Typeset:
    """Typeset documents of one preamble together; if that fails, each alone."""
    totals: dict[int, int] = {}
    for _ in range(2):
        done = tex.run(preamble, _batch(documents, totals), _SECONDS + _SECONDS_EACH * len(documents))
        pages = {int(found[1]): int(found[2]) for found in _MARKER.finditer(done.log)}
        level_kept = all(int(found[3]) == 0 for found in _MARKER.finditer(done.log))
        if done.pdf is None or not level_kept or len(pages) != len(documents):
            break
        if pages == totals:
            return Typeset(_split(done.pdf, documents, totals))
        totals = pages
    if len(documents) > 1:
        alone = [_chunk(preamble, [document]) for document in documents]
        return Typeset(
            {name: pdf for one in alone for name, pdf in one.pdfs.items()},
            {name: error for one in alone for name, error in one.failures.items()},
        )
    return Typeset(failures={documents[0].name: _told(documents[0], done)})


def _batch(documents: Sequence[Document], totals: Mapping[int, int]) -> str:
    """Return one source that sets the documents in turn, each starting at page 1 and ending with a marker.

    Each is a group of its own: a type size or a length that a sheet sets for itself must not reach the next one.
    """
    pieces = [_BEGIN]
    for place, document in enumerate(documents):
        body = document.source.partition(_BEGIN)[2].rpartition(_END)[0]
        pieces += [
            "\\begingroup\\edef\\startlevel{\\the\\currentgrouplevel}%\n",
            f"\\setcounter{{page}}{{1}}\\def\\totalpages{{{totals.get(place, 0)}}}%\n",
            body,
            "\\clearpage\\edef\\groupsleft{\\the\\numexpr\\currentgrouplevel-\\startlevel\\relax}%\n",
            f"\\typeout{{@@page-total {place} \\the\\numexpr\\value{{page}}-1\\relax\\space\\groupsleft}}%\n",
            "\\endgroup\n",
        ]
    return "".join([*pieces, _END, "\n"])


def _told(document: Document, done: tex.Run) -> str:
    """Return the first error, the question and block it came from, and the line of the document's source."""
    batch = _batch([document], {}).splitlines()
    where = block_at(batch, done.line) or (block_at(batch, _open_brace(batch)) if not done.line else "")
    reason = done.error or _unfinished(done.log)
    before = document.source.partition(_BEGIN)[0].count("\n")
    line = f" (line {done.line + before - 2} of the .tex)" if done.line > _HEAD else ""
    return f"{where}: {reason}{line}" if where else f"{reason}{line}"


def _open_brace(lines: Sequence[str]) -> int:
    """Return the number of the first line whose block has braces that do not match, or 0."""
    start, depth = 0, 0
    for number, line in enumerate(lines, start=1):
        if block_at([line], 1):
            if start and depth:
                return start
            start, depth = number, 0
        depth += sum({"{": 1, "}": -1}[brace] for brace in re.findall(r"(?<!\\)[{}]", line))
    return start if depth else 0


def _unfinished(log: str) -> str:
    """Return why a run without an error gave no document."""
    marker = _MARKER.search(log)
    if marker is None:
        return r"the text ends early; a template holds \end{document}, \endinput or \stop"
    if int(marker[3]):
        return "a group or environment is left open"
    return "the number of pages does not settle"


def _split(pdf: bytes, documents: Sequence[Document], totals: Mapping[int, int]) -> dict[str, bytes]:
    """Return the pages of each document as a PDF with its own title."""
    found, start = {}, 0
    with pikepdf.open(io.BytesIO(pdf)) as whole:
        for place, document in enumerate(documents):
            with pikepdf.new() as one:
                one.pages.extend(whole.pages[start : start + totals[place]])
                found[document.name] = _saved(one, document.title)
            start += totals[place]
    return found


def joined(pdfs: Sequence[bytes], title: str) -> bytes:
    """Return the PDFs in one file, each starting on an odd page, so that it can be printed on both sides."""
    with pikepdf.new() as whole:
        for data in pdfs:
            if len(whole.pages) % 2:
                whole.add_blank_page(page_size=_size(whole))
            with pikepdf.open(io.BytesIO(data)) as one:
                whole.pages.extend(one.pages)
        return _saved(whole, title)


def padded(data: bytes, title: str) -> bytes:
    """Return the PDF with a blank last page if its number of pages is odd."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if len(pdf.pages) % 2:
            pdf.add_blank_page(page_size=_size(pdf))
        return _saved(pdf, title)


def _size(pdf: pikepdf.Pdf) -> tuple[float, float]:
    left, bottom, right, top = (float(edge) for edge in pdf.pages[-1].mediabox)
    return right - left, top - bottom


def _saved(pdf: pikepdf.Pdf, title: str) -> bytes:
    pdf.docinfo["/Title"] = title
    pdf.docinfo["/Creator"] = "problemgen"
    pdf.remove_unreferenced_resources()
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()
