"""Pages copied from one PDF to another: the same pages, nothing of the others, and valid files."""

import io
import re
import zlib

import pikepdf
import pypdfium2
import pytest

from problemgen.rendering import pages

MODES = [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate]


def many(count, mode=MODES[0], change=lambda _: None, **options):
    """Return a PDF of pages that say their numbers, in a font they share."""
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for number in range(count):
            page = pdf.add_blank_page(page_size=(200 + number, 100))
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.Contents = pdf.make_stream(f"BT /F1 12 Tf 20 50 Td (page {number} of many) Tj ET".encode())
        change(pdf)
        target = io.BytesIO()
        pdf.save(target, object_stream_mode=mode, **options)
        return target.getvalue()


def texts(data):
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
    with pypdfium2.PdfDocument(data) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def widths(data):
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [int(page.mediabox[2]) for page in pdf.pages]


def said(*numbers):
    return [f"page {number} of many" if number is not None else "" for number in numbers]


@pytest.mark.parametrize("options", [{}, {"linearize": True}, {"compress_streams": False}, {"qdf": True}])
@pytest.mark.parametrize("mode", MODES)
def test_pages_are_copied_from_whatever_holds_them(mode, options):
    run = pages.Run(many(30, mode, **options))
    assert len(run.pages) == 30
    made = pages.joined([(run, 3, 4)], "Ångström (1) <&>")
    assert texts(made) == said(3, 4, 5, 6)
    assert widths(made) == [203, 204, 205, 206]
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Ångström (1) <&>"
        assert str(pdf.docinfo["/Creator"]) == "problemgen"


def test_pages_of_several_runs_are_joined_on_sheets_of_their_own():
    first, second = pages.Run(many(5)), pages.Run(many(7, MODES[1]))
    places = [(first, 0, 3), (second, 2, 1), (first, 3, 2)]
    assert texts(pages.joined(places, "all")) == said(0, 1, 2, 2, 3, 4)
    apart = pages.joined(places, "all", apart=True)
    assert texts(apart) == said(0, 1, 2, None, 2, None, 3, 4)
    assert widths(apart) == [200, 201, 202, 202, 202, 202, 203, 204]
    assert texts(pages.joined([(first, 0, 3)], "one", even=True)) == said(0, 1, 2, None)
    assert texts(pages.joined([(first, 0, 2)], "one", even=True)) == said(0, 1)


def test_what_pages_share_is_copied_once():
    run = pages.Run(many(40))
    made = pages.joined([(run, 0, 40)], "all")
    assert made.count(b"/Helvetica") == 1


def linked(pdf):
    """Link every page to itself and to the last one, with a text that looks like a reference."""
    for page in pdf.pages:
        page.Annots = pdf.make_indirect(
            pikepdf.Array(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Link,
                    Rect=[0, 0, 10, 10],
                    Contents=pikepdf.String("(see 3 0 R) \\ 4 0 R"),
                    P=page.obj,
                    Dest=[target.obj, pikepdf.Name.Fit],
                )
                for target in (page, pdf.pages[-1])
            )
        )


@pytest.mark.parametrize("mode", MODES)
def test_no_link_leads_to_a_page_of_another_paper_and_none_is_dragged_along(mode):
    made = pages.joined([(pages.Run(many(9, mode, linked)), 2, 2)], "third")
    assert texts(made) == said(2, 3)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        contents = [obj for obj in pdf.objects if isinstance(obj, pikepdf.Stream)]
        assert len(contents) == 2
        for page in pdf.pages:
            own, other = page.Annots
            assert own.Dest[0].objgen == own.P.objgen == page.obj.objgen
            assert other.Dest[0] is None
            assert str(own.Contents) == "(see 3 0 R) \\ 4 0 R"


@pytest.mark.parametrize("written", ["((see 3 0 R)   ", "((see (3 0 R)) "])
def test_a_text_with_brackets_inside_brackets_is_kept(written):
    data = many(3, change=linked).replace(b"(\\(see 3 0 R\\) ", written.encode())
    assert written.encode() in data
    made = pages.joined([(pages.Run(data), 0, 1)], "first")
    assert texts(made) == said(0)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.pages[0].Annots[0].Contents) == f"{written[1:]}\\ 4 0 R"


def test_a_reference_to_nothing_becomes_null():
    def change(pdf):
        pdf.pages[1].Tabs = pdf.pages[0].Resources.Font.F1

    data = re.sub(rb"/Tabs \d 0 R", b"/Tabs 0 0 R", many(3, change=change))
    assert data.count(b"/Tabs 0 0 R") == 1
    made = pages.joined([(pages.Run(data), 1, 1)], "second")
    assert texts(made) == said(1)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert "/Tabs" not in pdf.pages[0]


def test_the_same_pages_give_the_same_bytes_and_others_another_identifier():
    data = many(6)
    made = [pages.joined([(pages.Run(data), first, 2)], "some") for first in (0, 0, 2)]
    assert made[0] == made[1]
    known = []
    for pdf in made:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            known.append(bytes(opened.trailer["/ID"][0]))
    assert known[0] == known[1] != known[2]
    assert len(known[0]) == 16


def test_streams_are_copied_as_they_stand():
    words = b"%% endobj 7 0 R >>\nstream\nendstream\n" * 3

    def change(pdf):
        for page in pdf.pages:
            page.Contents = pdf.make_stream(words)

    made = pages.joined([(pages.Run(many(2, change=change, compress_streams=False)), 1, 1)], "second")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        raw = pdf.pages[0].Contents
        assert (zlib.decompress(raw.read_raw_bytes()) if "/Filter" in raw else raw.read_raw_bytes()) == words
