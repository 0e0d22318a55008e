"""Pages of PDFs that TeX made, copied into PDFs of their own.

Every paper is cut out of a run in which dozens were set, so this is done thousands of times.  Objects are copied as
they stand, and only the numbers by which they refer to each other are written anew; a library that reads every one of
them takes five times as long.  Whatever is not written as plainly as TeX does is brought into that form by qpdf first.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEADER: Final = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"  # the second line says that bytes follow, not text
_CATALOG, _TREE, _INFO, _FIRST = 1, 2, 3, 4  # numbers of the objects that every PDF has, and of the next one
_TABLE: Final = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_SECTION: Final = re.compile(rb"xref\s+0 (\d+)\s*\n")
_OBJECT: Final = re.compile(rb"(\d+) 0 obj\s*")
_STREAM: Final = re.compile(rb">>\s*stream\r?\n")
_END: Final = re.compile(rb"\s*endobj\s*\Z")
_REFERENCE: Final = re.compile(rb"(?<![\d.])(\d+) 0 R\b")
_TEXT: Final = re.compile(rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)", re.DOTALL)  # with brackets in it once
_ROOT: Final = re.compile(rb"/Root (\d+) 0 R")
_PAGES: Final = re.compile(rb"/Pages (\d+) 0 R")
_KIDS: Final = re.compile(rb"/Kids\s*\[([^\]]*)\]")
_SIZE: Final = re.compile(rb"/MediaBox\s*\[[^\]]*\]")
_TELLING: Final = 2048  # bytes of an object that go into the file's identifier: fonts are long, and much the same
_ENTRY: Final = 20  # bytes for each object in the table at the end


class _NotPlain(Exception):
    """The file is not written as TeX writes one."""


@dataclass(frozen=True)
class _Object:
    """An object: the texts between its references, the numbers it refers to, and what follows from its stream on."""

    texts: Sequence[bytes]
    references: Sequence[int]
    stream: bytes

    def written(self, number: int, numbers: Sequence[bytes]) -> bytes:
        """Return the object under a new number, with other references."""
        pieces = [b"%d 0 obj\n" % number, self.texts[0]]
        for reference, text in zip(numbers, self.texts[1:], strict=True):
            pieces += (reference, text)
        return b"".join([*pieces, self.stream, b"\nendobj\n"])


class Run:
    """What one run of TeX gave."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._open()
        except _NotPlain:
            self._data = _plain(data)
            self._open()

    def _open(self) -> None:
        self._places, root = _table(self._data)
        self.objects = {number: self._read(number) for number in self._places}
        self.tree: set[int] = {root}  # the catalog and what holds the pages together
        first = _PAGES.search(self._data, *self._places[root])
        self.pages = list(self._leaves(int(first[1]))) if first else []
        self.leaves = frozenset(self.pages)

    def size(self, page: int) -> bytes:
        """Return the paper size of a page, as its entry is written."""
        found = _SIZE.search(self._data, *self._places[page])
        return found[0] if found else b"/MediaBox [0 0 595.276 841.89]"

    def _leaves(self, node: int) -> Iterator[int]:
        """Yield the pages below a node, in their order."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            kids = _KIDS.search(self._data, *self._places[one])
            if not kids:
                yield one
                continue
            if one in self.tree:
                raise _NotPlain
            self.tree.add(one)
            waiting += [int(number) for number in reversed(_REFERENCE.findall(kids[1]))]

    def _read(self, number: int) -> _Object:
        start, end = self._places[number]
        begun = _OBJECT.match(self._data, start)
        stream = _STREAM.search(self._data, start, end)
        ended = _END.search(self._data, max(start, end - _ENTRY), end)
        if not begun or int(begun[1]) != number or not ended:
            raise _NotPlain
        middle = stream.start() + len(b">>") if stream else ended.start()
        head = self._data[begun.end() : middle]
        return _Object(*_split(head), self._data[middle : ended.start()])


def _table(data: bytes) -> tuple[dict[int, tuple[int, int]], int]:
    """Return where each object is, and the number of the catalog."""
    last = _TABLE.search(data, max(0, len(data) - 2 * _ENTRY - 20))
    section = _SECTION.match(data, int(last[1])) if last else None
    if not last or not section:
        raise _NotPlain
    table, count = section.end(), int(section[1])
    trailer = data[table + count * _ENTRY : last.start()]
    root = _ROOT.search(trailer)
    starts = {}
    for number in range(count):
        entry = data[table + number * _ENTRY : table + (number + 1) * _ENTRY].split()
        if len(entry) != 3 or (entry[2] == b"n" and entry[1] != b"00000"):
            raise _NotPlain
        if entry[2] == b"n":
            starts[number] = int(entry[0])
    ends = sorted([*starts.values(), int(last[1])])
    following = dict(pairwise(ends))
    if not root or b"/Prev" in trailer or b"/Encrypt" in trailer or not trailer.lstrip().startswith(b"trailer"):
        raise _NotPlain
    return {number: (start, following[start]) for number, start in starts.items()}, int(root[1])


def _split(head: bytes) -> tuple[list[bytes], list[int]]:
    """Return the texts between the references of an object, and those; what looks like one in a string is none."""
    if b"(" not in head:
        pieces = _REFERENCE.split(head)
        return pieces[::2], [int(number) for number in pieces[1::2]]
    if b"(" in _TEXT.sub(b"", head):
        raise _NotPlain
    texts, references, done = [], [], 0
    strings = [found.span() for found in _TEXT.finditer(head)]
    for found in _REFERENCE.finditer(head):
        if not any(start <= found.start() < end for start, end in strings):
            texts.append(head[done : found.start()])
            references.append(int(found[1]))
            done = found.end()
    return [*texts, head[done:]], references


def _plain(data: bytes) -> bytes:
    """Return the same pages with every object written out and a table of them at the end."""
    import pikepdf  # noqa: PLC0415 - 25 ms that our own sheets do not need

    with pikepdf.open(io.BytesIO(data)) as pdf:
        target = io.BytesIO()
        pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return target.getvalue()


class _Copy:
    """A PDF to be: the objects it has so far, each copied once from each run."""

    def __init__(self) -> None:
        self._pieces = [_HEADER]
        self._length = len(_HEADER)
        self._starts: dict[int, int] = {}
        self._next = _FIRST
        self._numbers: dict[tuple[Run, int], int] = {}
        self._digest = hashlib.blake2b(digest_size=16)
        self.pages: list[int] = []

    def add(self, run: Run, pages: Sequence[int]) -> None:
        """Copy pages of a run, by their numbers in it, with all that they need; other pages they lose sight of."""
        waiting = list(pages)
        inside = frozenset(pages)
        self.pages += [self._numbered(run, page) for page in pages]
        done = set(pages)
        for number in waiting:
            found, numbers = run.objects[number], []
            for reference in found.references:
                if reference in run.tree:
                    numbers.append(b"%d 0 R" % _TREE)
                elif reference not in run.objects or (reference in run.leaves and reference not in inside):
                    numbers.append(b"null")  # also what a reference to nothing means
                else:
                    if (run, reference) not in self._numbers and reference not in done:
                        done.add(reference)
                        waiting.append(reference)
                    numbers.append(b"%d 0 R" % self._numbered(run, reference))
            self._write(found.written(self._numbers[run, number], numbers), self._numbers[run, number])

    def blank(self, size: bytes) -> None:
        """Add an empty page."""
        number, self._next = self._next, self._next + 1
        page = b"<< /Type /Page /Parent %d 0 R /Resources << >> %b >>" % (_TREE, size)
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, page), number)
        self.pages.append(number)

    def done(self, title: str) -> bytes:
        """Return the PDF."""
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        named = title.encode("utf-16-be", "replace").hex().upper().encode()
        for number, text in (
            (_CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % _TREE),
            (_TREE, b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(self.pages), kids)),
            (_INFO, b"<< /Title <FEFF%b> /Creator (problemgen) >>" % named),
        ):
            self._write(b"%d 0 obj\n%b\nendobj\n" % (number, text), number)
        size, known = self._next, self._digest.hexdigest().upper().encode()
        table = [b"0000000000 65535 f \n", *(b"%010d 00000 n \n" % self._starts[number] for number in range(1, size))]
        trailer = b"<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%b> <%b>] >>" % (size, _CATALOG, _INFO, known, known)
        end = b"xref\n0 %d\n%btrailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (size, b"".join(table), trailer, self._length)
        return b"".join([*self._pieces, end])

    def _numbered(self, run: Run, number: int) -> int:
        key = run, number
        if key not in self._numbers:
            self._numbers[key] = self._next
            self._next += 1
        return self._numbers[key]

    def _write(self, text: bytes, number: int) -> None:
        self._starts[number] = self._length
        self._length += len(text)
        self._pieces.append(text)
        self._digest.update(text[:_TELLING])


def joined(places: Iterable[tuple[Run, int, int]], title: str, *, apart: bool = False, even: bool = False) -> bytes:
    """Return pages (run, first, how many) in one PDF.

    With `apart` those of each place begin on an odd page; with `even` the last page has an even number.
    """
    copy, size = _Copy(), b""
    for run, first, count in places:
        if apart and len(copy.pages) % 2:
            copy.blank(size)
        pages = run.pages[first : first + count]
        copy.add(run, pages)
        size = run.size(pages[-1]) if pages else size
    if even and len(copy.pages) % 2:
        copy.blank(size)
    return copy.done(title)
