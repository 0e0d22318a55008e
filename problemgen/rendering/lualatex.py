r"""LuaLaTeX, the engine for names and texts in every script, with the system's OpenType fonts.

The sheet's own text is set in the same fonts as with pdfLaTeX.  Only words in other scripts ask for OpenType fonts,
and by their files, so that no list of all fonts of the system, which can take a minute to make, is needed.  What
LuaTeX learns of a font is kept in the user's cache folder; there are no formats, which cannot hold such fonts.

Lua code could read and write files.  Only templates can hold any, and these are the instructor's own: all that a
spec or a roster says is escaped.  Programs and the network are closed to it.
"""

from __future__ import annotations

import io
import shutil
from functools import cache
from typing import Final

from problemgen.cache import cache_folder
from problemgen.errors import TexMissing
from problemgen.rendering import fonts
from problemgen.rendering.process import Run, Tool, whole

PACKAGES: Final = "texlive-luatex fonts-noto-core fonts-wqy-microhei"
_LOADER: Final = "luaotfload.sty"
_SLOWER: Final = 3  # than pdfLaTeX, for which time limits are made
_PROBE: Final = "\\begin{document}\\fontencoding{TU}\\selectfont probe\\end{document}\n"
_PROBE_SECONDS: Final = 60
_LIST: Final = "luatex-cache/generic/names/luaotfload-names.lua.gz"
_SETTINGS: Final = "[db]\nmax-fonts = 1\n"  # a list of fonts is made in any case: make it short
_UNIT: Final = "/UserUnit"


@cache
def program() -> str:
    """Return the path of lualatex; raises `TexMissing` saying how to get it."""
    found = shutil.which("lualatex")
    if not found or not fonts.found((_LOADER,)):  # Debian has the program without what it needs
        raise TexMissing(
            f"no lualatex found: install it with 'sudo apt-get install {PACKAGES}' (Debian, Ubuntu) or with your "
            "TeX distribution; 'problemgen build --tex-only' writes the sources without it"
        )
    return found


def prepare(preamble: str) -> None:
    """Fill the cache folder, so that parallel runs do not each begin to."""
    if not (cache_folder() / "lualatex" / _LIST).is_file():
        run(preamble, _PROBE, _PROBE_SECONDS)


def run(preamble: str, body: str, seconds: float) -> Run:
    """Set a document; for a preamble with fontspec, which looks for fonts by their names, with the user's own list."""
    settings, files = {"OSFONTDIR": fonts.search_path()}, {}
    if "fontspec" not in preamble:
        kept = str(cache_folder() / "lualatex")
        settings |= {"TEXMFVAR": kept, "TEXMFCACHE": kept}
        files = {"luaotfload.conf": _SETTINGS}
    done = whole(Tool((program(), "-no-socket"), settings, files), preamble, body, seconds * _SLOWER)
    if done.pdf is None or _UNIT not in preamble:
        return done
    return Run(_enlarged(done.pdf), done.log)


def _enlarged(data: bytes) -> bytes:
    r"""Return pages as large as their units say: large print, which pdfTeX has from `\mag`, as plain points."""
    import pikepdf  # noqa: PLC0415 - 25 ms that only large print needs

    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            unit = float(page.obj.get(_UNIT, 1))
            if unit != 1:
                page.mediabox = pikepdf.Array([float(edge) * unit for edge in page.mediabox])
                page.contents_add(f"q {unit} 0 0 {unit} 0 0 cm\n".encode(), prepend=True)
                page.contents_add(b"\nQ")
                del page.obj[_UNIT]
        target = io.BytesIO()
        pdf.save(target, deterministic_id=True)
        return target.getvalue()
