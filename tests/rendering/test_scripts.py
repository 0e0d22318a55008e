"""Names in every script: split into runs, set by LuaLaTeX where pdfLaTeX has no letters, and found again in the PDF."""

import os
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problemgen.exam.compose import compose
from problemgen.exam.spec import read_spec
from problemgen.rendering import delivery, families, fonts, scripts, tex, words
from problemgen.rendering.characters import settable
from problemgen.rendering.lacking import lacking, settled
from problemgen.rendering.sheet import documents

NAMES = {
    "s1": "محمد رضایی",
    "s2": "王小明",
    "s3": "क्षितिज श्रीवास्तव",
    "s4": "Γιώργος Παπαδόπουλος",
    "s5": "Łukasz Żółć \\directlua{os.exit(1)}",
    "s6": "Nguyễn Thị Ánh",
}
LATIN = """title = "Quiz"
seed = "scripts"
roster = "roster.csv"
[[questions]]
problem = "cnn/conv_params"
"""
SPEC = (
    """course = "Deep Learning 深度学习"
instructions = ["请写出所有步骤、并给出完整的推导过程。不允许使用计算器或任何其他电子设备。请把答案写在空白处。"]
"""
    + LATIN
)
SAMPLES = {
    "arab": "علی‌رضا", "armn": "Արամ", "beng": "তনুশ্রী", "cyrl": "Иван", "deva": "क्षितिज", "ethi": "ክርስቶስ",
    "geor": "თამარ", "grek": "Γιώργος", "gujr": "ક્ષમા", "guru": "ਗੁਰਪ੍ਰੀਤ", "hang": "김민준", "hani": "王小明",
    "hebr": "שרה", "kana": "はな子", "khmr": "ភក្តី", "knda": "ಕೃಷ್ಣ", "laoo": "ສົມສັກ", "latn": "Nguyễn", "mlym": "ശ്രീജിത്ത്",
    "mymr": "မောင်", "orya": "ଶ୍ରୀ", "sinh": "බුදු", "taml": "கிருஷ்ணன்", "telu": "శ్రీనివాస్", "thaa": "ދިވެހި",
    "thai": "ภูมิใจ", "tibt": "བཀྲ་ཤིས",
}  # fmt: skip


def exam_of(folder, names=NAMES, spec=SPEC):
    rows = "".join(f"{key},{name},{'yes' if key == 's4' else ''}\n" for key, name in names.items())
    (folder / "roster.csv").write_text(f"id,name,large_print\n{rows}", encoding="utf-8")
    (folder / "exam.toml").write_text(spec, encoding="utf-8")
    return read_spec(folder / "exam.toml")


def text_of(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def folded(text):
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    exam = exam_of(folder)
    return folder, exam, delivery.build(exam, folder / "out")


# Runs


@pytest.mark.lualatex
@pytest.mark.parametrize("tag", SAMPLES)
def test_a_word_of_a_script_is_one_run_of_its_family(tag):
    if tag not in families.families():
        pytest.skip(f"no font for {tag} is installed (one of {', '.join(families.files(tag))})")
    word = unicodedata.normalize("NFC", SAMPLES[tag])
    assert scripts.runs(f"Ada {word} 12") == [("", "Ada "), (tag, word), ("", " 12")]
    assert scripts.shown(word) == (word, [])


def test_every_script_has_a_sample():
    assert SAMPLES.keys() == families.WORDS.keys()


@given(st.text())
def test_runs_make_up_the_text_and_their_fonts_have_its_letters(text):
    shown, _ = scripts.shown(text)
    runs = scripts.runs(text)
    assert "".join(piece for _, piece in runs) == shown
    for tag, piece in runs:
        for character in piece:
            known = settable(character) if not tag else families.families()[tag].has(character)
            assert known or character in "\u200c\u200d"
    assert scripts.latex(text).count("{") >= scripts.latex(text).count("\\inscript")


@pytest.mark.lualatex
@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ada & 12", r"Ada \& 12"),
        ("Moe (محمد) 12", r"Moe (\rightward{\inscript{arab}{محمد}}) 12"),
        ("محمد (Moe) 12", r"\rightward{\inscript{arab}{محمد} )\leftward{Moe}( \leftward{12}}"),
        ("محمد ۱۲/۳", r"\rightward{\inscript{arab}{محمد} \leftward{\inscript{arab}{۱۲}/\inscript{arab}{۳}}}"),
        ("Ivo 王、明", r"Ivo \inscript{hani}{王、\hanbreak 明}"),
    ],
)
def test_directions_brackets_and_digits_are_where_a_reader_looks_for_them(text, printed):
    assert {"arab", "hani"} <= families.families().keys()
    assert scripts.latex(text) == printed


@pytest.mark.lualatex
def test_what_no_font_has_is_replaced_and_named():
    assert words.printable("王 😀", "lualatex") == ("王 ?", ["😀"])
    assert words.printable("\u202eabc\u200f", "lualatex") == ("abc", [])
    assert words.printable_name("😀", "lualatex") == ""


def test_characters_of_a_font_are_those_that_fontconfig_finds():
    if not shutil.which("fc-query"):
        pytest.skip("there is no fc-query (fontconfig) on this machine")
    compared = {(one.path, one.number) for one in families.families().values()}
    for path, number in sorted(compared):
        command = ["fc-query", "-i", str(number), "--format=%{charset}", path]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        ranges = [[int(edge, 16) for edge in one.split("-")] for one in told]
        expected = {code for edges in ranges for code in range(edges[0], edges[-1] + 1)}
        assert {code for code in fonts.characters(path, number) if code >= 0x20} == expected


def test_a_file_that_is_no_font_has_no_characters(tmp_path):
    (tmp_path / "x.ttf").write_bytes(b"ttcf")
    assert fonts.characters(tmp_path / "x.ttf") == fonts.characters(tmp_path / "none.ttf") == frozenset()


# Pages


@pytest.mark.lualatex
def test_the_engine_is_chosen_and_the_names_are_printed(built):
    folder, _, made = built
    assert made.failures == {}
    assert made.warnings == [
        "exam.toml: course: 'Deep Learning 深度学习' and others need lualatex; the whole exam is set with it"
    ]
    for key, name in NAMES.items():
        text = text_of(folder / f"out/{key}/questions.pdf")
        printed = folded(name)[::-1] if key == "s1" else folded(name)  # pdfium tells glyphs from left to right
        assert printed in folded(text)
        assert folded(f"ID: {key}") in folded(text)
        assert "深度学习" in text


@pytest.mark.lualatex
def test_a_second_build_gives_the_same_bytes(built, tmp_path):
    folder, exam, _ = built
    delivery.build(exam, tmp_path)
    names = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.pdf")]
    assert len(names) > 3 * len(NAMES)
    assert all((tmp_path / name).read_bytes() == (folder / "out" / name).read_bytes() for name in names)


@pytest.mark.lualatex
def test_nothing_is_overfull_and_no_character_is_missing(tmp_path):
    exam, _ = settled(exam_of(tmp_path))
    for paper in compose(exam).papers:
        source = documents(exam.spec, paper)["questions"].source
        preamble, begin, body = source.partition("\\begin{document}")
        done = tex.run(preamble, begin + body, 60, "lualatex")
        assert done.pdf is not None, done.error
        assert "Overfull" not in done.log
        assert "Missing character" not in done.log


MARGIN = r"\[\d+p\.\]"


@pytest.mark.lualatex
def test_both_engines_print_the_same_pages_of_latin_texts(tmp_path):
    names = {"s1": "Łukasz Żółć “x” – €…", "s4": "Zoë Ångström"}  # s4 has large print
    sizes, texts = [], []
    for engine in ("pdflatex", "lualatex"):
        exam = exam_of(tmp_path, names, LATIN.replace("title", f'engine = "{engine}"\ntitle'))
        out = tmp_path / engine
        assert delivery.build(exam, out).warnings == []
        for key in names:
            with pypdfium2.PdfDocument(out / key / "solutions.pdf") as pdf:
                sizes.append([tuple(round(side, 1) for side in page.get_size()) for page in pdf])
                read = [folded(page.get_textpage().get_text_bounded()) for page in pdf]
                # behind which word a reader finds the points of the margin hangs on tenths of a point
                texts.append([(re.findall(MARGIN, page), re.sub(MARGIN, "", page)) for page in read])
    assert sizes[:2] == sizes[2:]
    assert texts[:2] == texts[2:]


# Choosing


def test_a_spec_that_names_an_engine_has_it(tmp_path):
    exam = exam_of(tmp_path, spec='engine = "pdflatex"\n' + SPEC)
    chosen, notices = settled(exam)
    assert (chosen.spec.engine, notices) == ("pdflatex", [])
    assert any(NAMES["s2"] in warning for warning in lacking(chosen))


def test_latin_names_need_no_other_engine(tmp_path):
    exam = exam_of(tmp_path, {"s1": "Zoë 😀"}, LATIN)
    chosen, notices = settled(exam)
    assert (chosen.spec.engine, notices) == ("pdflatex", [])


@pytest.mark.latex
def test_without_lualatex_the_id_stands_alone_and_the_packages_are_named(run_apart, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("pdflatex", "pdftex", "kpsewhich"):
        (programs / name).symlink_to(Path(shutil.which(name)).resolve())
    (programs / "pdflatex").unlink()
    (programs / "pdflatex").symlink_to(Path(shutil.which("pdflatex")).parent / "pdflatex")
    exam_of(tmp_path, {"s1": "Ada", "s2": NAMES["s2"]}, LATIN)
    done = run_apart("build", "exam.toml", env={**os.environ, "PATH": str(programs)})
    assert done.code == 0
    notice, warning = done.err.splitlines()
    assert notice.startswith("warning: roster.csv:3: name: '王小明' needs lualatex and fonts: 'sudo apt-get install")
    assert "only the id is printed" in warning
    assert "ID: s2" in text_of(tmp_path / "output/exam/s2/questions.pdf")
    (tmp_path / "exam.toml").write_text('engine = "lualatex"\n' + SPEC, encoding="utf-8")
    done = run_apart("build", "exam.toml", env={**os.environ, "PATH": str(programs)})
    assert (done.code, "no lualatex found" in done.err) == (2, True)
    assert run_apart("build", "exam.toml", "--tex-only", env={**os.environ, "PATH": str(programs)}).code == 0
