r"""Many documents typeset in one run, and split into one PDF each.

Documents with the same preamble share a run.  A footer may name the total of its document's pages, which is known
only when the last one is set: so the pages of a document are held back, and their footers are set when they are
released.  Markers in the log prove where each document begins and ends; when one of them is missing or wrong, the
document at which that happened is set alone for its message, and the others once more without it: a bad question
costs its own paper and is named, the rest is delivered.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from problemgen.errors import TemplateFault
from problemgen.rendering import pages, tex
from problemgen.rendering.tracing import block_at, unbalanced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problemgen.rendering.sheet import Document

_BEGIN: Final = "\\begin{document}\n"
_END: Final = "\\end{document}"
_MARKER: Final = re.compile(r"^@@document (\d+) (\d+) (-?\d+) (\d)$", re.MULTILINE)
_QUESTION: Final = re.compile(r"^@@question (\d+) (\d+)$", re.MULTILINE)
_SECONDS: Final = 20.0
_SECONDS_EACH: Final = 0.5
_SECONDS_A_CHARACTER: Final = 2e-5  # a practice sheet may have hundreds of questions
_CULPRITS: Final = 3
_UNRELATED: Final = re.compile("Undefined|Missing character|File .* not found|did not end|was killed")

# A held page is a box; what is left of it to do is its footer, set where LaTeX's output routine would have put it.
# `\totalpages` outside a footer cannot be known in time: it asks for a second run, with the totals of the first.
_HOLDING: Final = r"""\makeatletter
\tracinglostchars=3
\ifdefined\pdfvariable\pdfvariable suppressoptionalinfo 512 \fi % an identifier made of the folder's name
\ifdefined\pdftrailerid\pdftrailerid{}\fi
\ifdefined\pdfvariable\pdfvariable objcompresslevel=0 \fi % as `pages` reads them
\ifdefined\pdfobjcompresslevel\pdfobjcompresslevel=0\fi
\ifdefined\pdfcompresslevel\pdfcompresslevel=3\fi % 6 takes 5 % more of the time for 6 % of the size
\newcount\heldpages\newcount\totalasked\newbox\heldfootbox
\newcommand{\heldbox}{\numexpr20000+\heldpages\relax}
\AddToHook{shipout/before}{\global\advance\heldpages1
  \global\setbox\heldbox\box\ShipoutBox \DiscardShipoutBox}
\newcommand{\holdfoot}{\let\heldfoot\@oddfoot \let\@oddfoot\@empty \let\@evenfoot\@empty}
\newcommand{\releasepages}{\ifx\@oddfoot\@empty\else \let\heldfoot\@empty\fi
  \edef\totalpages{\the\heldpages}\edef\heldtotal{\the\heldpages}\heldpages=0
  \@whilenum\heldpages<\heldtotal\do{\advance\heldpages1 \c@page=\heldpages
    \setbox\heldfootbox\hbox{\color@begingroup\normalfont\normalsize\normalcolor
      \hb@xt@\textwidth{\heldfoot}\color@endgroup}\dp\heldfootbox\z@
    \csname tex_shipout:D\endcsname\vbox{\offinterlineskip
      \vbox to\z@{\box\heldbox\vss}%
      \vbox to\z@{\vskip\topmargin \vskip\headheight \vskip\headsep \vskip\textheight \vskip\footskip
        \vbox to\z@{\vss\moveright\oddsidemargin\box\heldfootbox}\vss}}}%
  \global\heldpages=0 }
\let\untracedtitle\questiontitle
\ifdefined\questiontitle
  \renewcommand{\questiontitle}{\write-1{@@question \heldplace\space\the\c@page}\nobreak\untracedtitle}
\fi
\makeatother
"""


@dataclass
class Typeset:
    """PDFs by document name, their questions' pages, and for each document that failed the error and its place.

    `runs` are what TeX gave, and `places` says of each document in which of them it is, from which page, and how many.
    """

    pdfs: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Pages] = field(default_factory=dict)
    runs: list[bytes] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pages:
    """How many pages a document has, and on which of them its questions begin (none if its layout does not tell)."""

    total: int
    questions: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Batch:
    """A run that went well: its pages, and how many of them each of its documents has."""

    pdf: bytes
    documents: Sequence[Document]
    pages: Sequence[Pages]


def typeset(documents: Sequence[Document], *, engine: str = "pdflatex", even: bool = False) -> Typeset:
    """Typeset the documents, with `even` all with an even number of pages; raises `TexMissing`, `TemplateFault`."""
    groups: dict[str, list[Document]] = {}
    for document in documents:
        if not _body(document):
            needs = r"no text between \begin{document}, on a line of its own, and \end{document}"
            raise TemplateFault(f"{document.name}: its layout in templates/sheets has {needs}")
        groups.setdefault(document.source.partition(_BEGIN)[0], []).append(document)
    result, begun = Typeset(), time.perf_counter()
    batches = []
    for preamble, group in groups.items():
        tex.prepare(preamble, engine)
        batches += list(_batches(preamble, group, engine, result.failures))
    result.seconds["TeX"] = time.perf_counter() - begun
    _split(batches, result, even=even)
    result.seconds["splitting"] = time.perf_counter() - begun - result.seconds["TeX"]
    return result


def _body(document: Document) -> str:
    return document.source.partition(_BEGIN)[2].rpartition(_END)[0]


def _batches(preamble: str, documents: Sequence[Document], engine: str, failures: dict[str, str]) -> Iterator[_Batch]:
    """Yield the runs in which the documents are set, usually one; failures are added to `failures`."""
    for _ in range(_CULPRITS):
        if len(documents) < 2:
            break
        done = _set(preamble, documents, engine)
        if isinstance(done, _Batch):
            yield done
            return
        paper = documents[_culprit(done.log, len(documents))].name.partition("/")[0]
        suspects = [document for document in documents if document.name.partition("/")[0] == paper]
        yield from _alone(preamble, suspects, engine, failures)
        documents = [document for document in documents if document not in suspects]
    yield from _alone(preamble, documents, engine, failures)


def _alone(preamble: str, documents: Sequence[Document], engine: str, failures: dict[str, str]) -> Iterator[_Batch]:
    for document in documents:
        done = _set(preamble, [document], engine)
        if isinstance(done, _Batch):
            yield done
        else:
            failures[document.name] = _told(document, done)


def _set(preamble: str, documents: Sequence[Document], engine: str) -> _Batch | tex.Run:
    """Run TeX once, or twice when a text asks for totals before they are known; the run itself is returned if bad."""
    totals: dict[int, int] = {}
    while True:
        source = _source(documents, totals)
        seconds = _SECONDS + _SECONDS_EACH * len(documents) + _SECONDS_A_CHARACTER * len(source)
        done = tex.run(preamble, source, seconds, engine)
        markers = [tuple(int(number) for number in found) for found in _MARKER.findall(done.log)]
        good = [place for place, _, level, _ in markers if level == 0]
        if done.pdf is None or good != list(range(len(documents))):
            return done
        counted = {place: total for place, total, _, _ in markers}
        if counted == totals or not any(asked for *_, asked in markers):
            return _Batch(done.pdf, documents, _pages(done.log, counted))
        if totals:
            return tex.Run(None, done.log, "the number of pages does not settle")
        totals = counted


def _pages(log: str, counted: Mapping[int, int]) -> list[Pages]:
    begun: dict[int, list[int]] = {}
    for place, page in _QUESTION.findall(log):
        begun.setdefault(int(place), []).append(int(page))
    return [Pages(total, tuple(begun.get(place, ()))) for place, total in counted.items()]


def _culprit(log: str, count: int) -> int:
    """Return the place of the first document whose end was not reached, or reached with a group left open."""
    level = {int(place): int(level) for place, _, level, _ in _MARKER.findall(log)}
    return next((place for place in range(count) if level.get(place) != 0), 0)


def _source(documents: Sequence[Document], totals: Mapping[int, int]) -> str:
    """Return one source that sets the documents in turn, each starting at page 1 and ending with a marker.

    Each is a group of its own: a type size or a length that a sheet sets for itself must not reach the next one.
    """
    pieces = [_BEGIN, _HOLDING]
    for place, document in enumerate(documents):
        body = _body(document)
        pieces += [
            "\\begingroup\\holdfoot\\edef\\startlevel{\\the\\currentgrouplevel}\\global\\totalasked=0 %\n",
            f"\\setcounter{{page}}{{1}}\\def\\heldplace{{{place}}}%\n",
            f"\\def\\totalpages{{\\global\\totalasked=1 {totals.get(place, 0)}}}%\n",
            body,
            "\\clearpage\\edef\\groupsleft{\\the\\numexpr\\currentgrouplevel-\\startlevel\\relax}%\n",
            f"\\typeout{{@@document {place} \\the\\heldpages\\space\\groupsleft\\space\\the\\totalasked}}%\n",
            "\\releasepages\\endgroup\n",
        ]
    return "".join([*pieces, _END, "\n"])


def _told(document: Document, done: tex.Run) -> str:
    """Return the first error, the question and block it came from, and the line of the document's source."""
    lines = document.source.splitlines()
    body = _body(document)
    # the batch holds the body as the source does, behind other lines: those are what the two differ by
    shift = _source([document], {}).partition(body)[0].count("\n") - document.source.partition(body)[0].count("\n")
    line, reason = done.line - shift if done.line > shift else 0, done.error or _unfinished(done.log)
    open_at = unbalanced(lines)
    if open_at and not _UNRELATED.search(reason):
        line, reason = open_at
    where = block_at(lines, line)
    told = f"{reason} (line {line} of the .tex)" if line else reason
    return f"{where}: {told}" if where else told


def _unfinished(log: str) -> str:
    """Return why a run without an error gave no document."""
    if _MARKER.search(log) is None:
        return r"the text ends early; a template holds \end{document}, \endinput or \stop"
    return "a group or environment is left open"


def _split(batches: Sequence[_Batch], result: Typeset, *, even: bool) -> None:
    """Fill in the PDF of each document, and where it is in which run."""
    for number, batch in enumerate(batches):
        start, run = 0, pages.Run(batch.pdf)
        for document, counted in zip(batch.documents, batch.pages, strict=True):
            result.pdfs[document.name] = pages.joined([(run, start, counted.total)], document.title, even=even)
            result.pages[document.name] = counted
            result.places[document.name] = [number, start, counted.total]
            start += counted.total
        result.runs.append(batch.pdf)
