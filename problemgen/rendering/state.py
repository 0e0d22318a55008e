"""What an output folder remembers of its builds, in `.problemgen/`: so that a build goes on where one was stopped.

`<number>.json` tells of one chunk of papers which sources its PDFs were made from and the digest of every file,
`<number>-entries.json` what the manifest says of its papers; `<number>-<n>.pdf` is what a run of TeX gave, for
`print/`.  `papers.json` is written last.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import DiskFull, OutputFault
from problemgen.exam import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER: Final = ".problemgen"
_TEMPORARY: Final = "new-"
_OF_A_CHUNK: Final = re.compile(r"(\d{4,})(?:\.json|-entries\.json|-\d+\.pdf)", re.ASCII)


@dataclass
class Chunk:
    """One chunk as it was built.

    `key` is that of its sources (empty: not complete), `files` have digests, and `places` tell of each document in
    which of the chunk's runs it is, its first page there, and how many it has.
    """

    key: str = ""
    files: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)

    def intact(self, out: Path) -> bool:
        """Return whether every file is there as it was written."""
        return bool(self.key) and all(digest_of(out / name) == told for name, told in self.files.items())


@dataclass(frozen=True)
class State:
    """The memory of one output folder."""

    out: Path

    def chunk(self, number: int) -> Chunk:
        """Return what is known of a chunk; an empty one when nothing is, or when it cannot be read."""
        told = self._read(f"{number:04}.json")
        return Chunk(**told) if told.keys() == Chunk.__dataclass_fields__.keys() else Chunk()

    def run(self, number: int, place: int) -> str:
        """Return the path, below the output folder, of what one of the runs of a chunk gave."""
        return f"{FOLDER}/{number:04}-{place}.pdf"

    def entries(self, number: int) -> list[dict[str, Any]]:
        """Return what the manifest says of the papers of a chunk, which is `intact` or was just kept."""
        told: list[dict[str, Any]] = json.loads(self._path(f"{number:04}-entries.json").read_text(encoding="utf-8"))
        return told

    def former(self, number: int) -> list[dict[str, Any]]:
        """Return the same of a chunk that need not be intact; nothing if it is not known, or not as it was written."""
        name, known = f"{FOLDER}/{number:04}-entries.json", self.chunk(number).files
        return self.entries(number) if name in known and digest_of(self.out / name) == known[name] else []

    def keep(self, number: int, chunk: Chunk, entries: list[dict[str, Any]]) -> None:
        """Remember a chunk, and what the manifest says of its papers."""
        name, told = f"{FOLDER}/{number:04}-entries.json", json.dumps(entries, ensure_ascii=False)
        known = replace(chunk, files={**chunk.files, name: digest(told)})
        write(self.out, {name: told, f"{FOLDER}/{number:04}.json": sealed(vars(known))})

    def papers(self) -> dict[str, Any]:
        """Return the folders of the papers of the last complete build, and its collections: {path: [key, digest]}."""
        return self._read("papers.json")

    def finish(self, chunks: int, told: Mapping[str, Any]) -> None:
        """Remember a complete build and forget the chunks of an earlier, larger one."""
        write(self.out, {f"{FOLDER}/papers.json": sealed(told)})
        for path in (self.out / FOLDER).iterdir():
            if (mine := _OF_A_CHUNK.fullmatch(path.name)) and int(mine[1]) > chunks and path.is_file():
                path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Forget everything, so that all is built anew."""
        shutil.rmtree(self.out / FOLDER, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.out / FOLDER / name

    def _read(self, name: str) -> dict[str, Any]:
        """Return what was kept; nothing if it is not there, or not as it was written."""
        try:
            told = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        found: dict[str, Any] = told if isinstance(told, dict) else {}
        return found if found.pop(manifest.CHECK, "") == manifest.digest_of(found) else {}


def sealed(told: Mapping[str, Any]) -> str:
    """Return the text of a file of the memory, its digest in it: what does not match it counts as not there."""
    return json.dumps({**told, manifest.CHECK: manifest.digest_of(told)})


def digest(data: str | bytes) -> str:
    """Return the digest of a file with this content."""
    return hashlib.blake2b(data.encode() if isinstance(data, str) else data, digest_size=16).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file, empty if there is none."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""


def inside(name: str) -> bool:
    """Return whether a path names a file below a folder: only such are ever written or removed."""
    return not {"", ".", ".."} & {*name.split("/")} and "\0" not in name


def write(out: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `out`, each complete or not at all, none before all of them are; raises `OutputFault`."""
    if outside := [name for name in files if not inside(name)]:
        raise OutputFault(f"{out}: {outside[0]!r} is no name of a file in it")
    with written(out) as place:
        for folder in {name.rpartition("/")[0] for name in files}:
            (place / folder).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with open(f"{place}/{name}", "wb") as file:  # noqa: PTH123 - a course has thousands, and pathlib takes its time
                file.write(data.encode() if isinstance(data, str) else data)


def remove(path: Path) -> None:
    """Remove a file of ours that is no longer true; raises `OutputFault`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputFault(f"{path}: is of an earlier build and cannot be removed: {error.strerror}") from None


def write_lines(out: Path, name: str, lines: Iterable[str]) -> None:
    """Write one file from pieces that need not all be in memory."""
    with written(out) as place, (place / name).open("w", encoding="utf-8") as file:
        file.writelines(lines)


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files are moved to `out` when the block ends well."""
    place = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        tidy(out)
        place = Path(tempfile.mkdtemp(prefix=f".problemgen-{_TEMPORARY}{os.getpid()}-", dir=out))
        yield place
        for folder, inner, names in os.walk(place):
            goal = out / Path(folder).relative_to(place)
            for name in inner:
                (goal / name).mkdir(exist_ok=True)
            for name in sorted(names):
                os.replace(f"{folder}/{name}", f"{goal}/{name}")  # noqa: PTH105 - as above
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(
                f"{error.filename or out}: the disk is full; what was finished before is complete: "
                "make room and build again to go on from there"
            ) from None
        where = "; choose another folder with --out" if place is None else ""
        raise OutputFault(f"{error.filename or out}: cannot be written: {error.strerror}{where}") from None
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def tidy(out: Path, *, mine: bool = False) -> None:
    """Remove what builds that were killed left half-written, and with `mine` what this one was interrupted at."""
    for path in out.glob(f".problemgen-{_TEMPORARY}*"):
        owner = path.name.removeprefix(f".problemgen-{_TEMPORARY}").partition("-")[0]
        own = owner == str(os.getpid())
        if owner.isdigit() and (mine if own else not _alive(int(owner))):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
