"""pdfLaTeX, the engine for Latin letters, with compiled preambles.

The preamble of a sheet is compiled once into a format and kept in the user's cache folder; loading it saves about a
quarter of a second a run.  The plain preamble is used when a format cannot be made.
"""

from __future__ import annotations

import gzip
import hashlib
import mmap
import os
import shutil
import subprocess
import tempfile
import zlib
from functools import cache
from pathlib import Path
from typing import Final

from problemgen.cache import cache_folder
from problemgen.errors import TexMissing
from problemgen.rendering.process import OPTIONS, Run, Tool, attempt, call, sibling, whole

_DUMP_SECONDS: Final = 60
_FORMATS: Final = 6


@cache
def program() -> str:
    """Return the path of pdflatex; raises `TexMissing` saying how to get it."""
    found = shutil.which("pdflatex")
    if not found:
        raise TexMissing(
            "no LaTeX found: install it with 'make tex' (Debian, Ubuntu) or your TeX distribution; "
            "'problemgen build --tex-only' writes the sources without it"
        )
    return found


def run(preamble: str, body: str, seconds: float) -> Run:
    """Set a document with the compiled preamble, or with the plain one when there is none."""
    kept = _format(preamble)
    if kept is not None:
        found = attempt(Tool((_beside("pdftex"), "-fmt=sheet"), files={"sheet.fmt": kept}), body, seconds)
        if found is not None:
            return found
        kept.unlink(missing_ok=True)  # it does not suit this TeX; the next program makes it anew
    return whole(Tool((program(),)), preamble, body, seconds)


def prepare(preamble: str) -> None:
    """Compile a preamble now, so that parallel runs do not each do it."""
    _format(preamble)


def _beside(name: str) -> str:
    return sibling(program(), name)


@cache
def _format(preamble: str) -> Path | None:
    """Return the compiled preamble, made now if it is not in the cache; None when it cannot be compiled.

    It depends on the preamble and on the TeX installation (the stock format's size and time of change).  Its name ends
    with its checksum, which is held against it once a process: one flipped bit may give false errors.
    """
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed program
            [_beside("kpsewhich"), "-engine=pdftex", "pdflatex.fmt"], capture_output=True, text=True, check=False
        )
        stock = Path(asked.stdout.strip())
        state = stock.stat()
        unique = f"{stock} {state.st_size} {state.st_mtime_ns}\n{preamble}"
        name = hashlib.blake2b(unique.encode(), digest_size=16).hexdigest()
        for kept in cache_folder().glob(f"{name}-*.fmt"):
            if kept.name == f"{name}-{_checksum(kept)}.fmt":
                kept.touch()
                return kept
            kept.unlink()  # it is damaged
        return _compile(preamble, name)
    except OSError:
        return None  # no kpsewhich, no stock format, a full disk: the plain preamble does as well


def _checksum(path: Path) -> str:
    """Return the CRC of a file: a format has 18 MB, of which a digest would take 30 ms to each process."""
    if not path.stat().st_size:  # which cannot be mapped
        return ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return f"{zlib.crc32(content):08x}"


def _compile(preamble: str, name: str) -> Path | None:
    """Compile a preamble and keep it if it sets a probe page; pdfTeX reads an inflated format twice as fast."""
    with tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        Path(folder, "sheet.tex").write_text(f"{preamble}\n\\nofiles\n\\dump\n", encoding="utf-8")
        made = Path(folder, "sheet.fmt")
        command = [_beside("pdftex"), "-ini", *OPTIONS, "-jobname=sheet", "&pdflatex", "sheet.tex"]
        if call(command, folder, _DUMP_SECONDS) != 0 or not made.is_file():
            return None
        data = made.read_bytes()
        Path(folder, "probe.tex").write_text("\\begin{document}probe\\end{document}\n", encoding="utf-8")
        for content in (gzip.decompress(data), data) if data[:2] == b"\x1f\x8b" else (data,):
            made.write_bytes(content)
            if call([_beside("pdftex"), "-fmt=sheet", *OPTIONS, "probe.tex"], folder, _DUMP_SECONDS) == 0:
                kept = cache_folder() / f"{name}-{_checksum(made)}.fmt"
                waiting = kept.with_name(f"{kept.name}.{os.getpid()}")
                shutil.copyfile(made, waiting)
                waiting.replace(kept)
                _forget_old(kept.parent)
                return kept
    return None


def _forget_old(folder: Path) -> None:
    """Keep the few formats that were used last: each has the size of a TeX, and every change of a sheet makes one."""
    by_use = sorted(folder.glob("*.fmt"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_use[_FORMATS:]:
        old.unlink(missing_ok=True)
