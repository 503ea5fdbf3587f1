# SPDX-License-Identifier: MIT
"""PDFs of papers: the words of the page, in every script, from fonts that the file holds; or a sentence why not."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from papers import NAMES, VISIT, case, fonts, letters, named, page_text, pages, paper, pdf_text, squeezed, whole
from surefoot.output import paper_pages
from surefoot.output.paper_make import PAPERS, SIMULATED
from surefoot.output.paper_pages import WELL_KNOWN, html_of, pdf_of, write_paper
from surefoot.output.paper_values import Paper, PaperError
from surefoot.output.result import ResultError

NOBODY_HAS = "\u0378"  # no character at all
CHINESE = sorted(set(WELL_KNOWN) & set(typst.Fonts().families()))


def without_this_computers(of: Paper) -> bytes:
    """By the fonts that come along alone."""
    made = paper_pages._with(of, "a4", system=False)
    assert made is not None
    return made[0]


@pytest.fixture(scope="module")
def papers() -> dict[str, Paper]:
    return {kind: paper(kind, named("Latin", goals=("Walk to school: 900 m without a stop",))) for kind in PAPERS}


@pytest.fixture(scope="module")
def pdfs(papers: dict[str, Paper]) -> dict[str, bytes]:
    return {kind: pdf_of(one) for kind, one in papers.items()}


def test_the_pdf_says_what_the_page_says(papers: dict[str, Paper], pdfs: dict[str, bytes]) -> None:
    for kind, pdf in pdfs.items():
        assert pdf_text(pdf, papers[kind]) == page_text(html_of(papers[kind])), kind


def test_every_font_is_in_the_file_and_the_same_on_every_machine(pdfs: dict[str, bytes]) -> None:
    for pdf in pdfs.values():
        found = fonts(pdf)
        assert all(found.values())
        assert all("LibertinusSerif" in name for name in found)


def test_it_is_an_archive_file_with_tags_a_title_and_no_name_in_its_heading(pdfs: dict[str, bytes]) -> None:
    for kind, pdf in pdfs.items():
        read = PdfReader(io.BytesIO(pdf))
        root = read.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]  # pyright: ignore
        about = root["/Metadata"].get_object().get_data().decode()  # pyright: ignore
        assert "<pdfaid:part>2</pdfaid:part>" in about
        assert "<pdfuaid:part>1</pdfuaid:part>" in about
        assert read.metadata is not None
        assert read.metadata.title == f"{PAPERS[kind][0]}, P001"
        assert "Müller" not in about


def test_the_same_paper_gives_the_same_bytes(papers: dict[str, Paper], pdfs: dict[str, bytes]) -> None:
    assert pdf_of(papers["letter"]) == pdfs["letter"]


def test_a_letter_is_one_page_on_either_size(papers: dict[str, Paper], pdfs: dict[str, bytes]) -> None:
    other = pdf_of(papers["letter"], "letter")
    assert pages(pdfs["letter"]) == pages(other) == 1
    box = PdfReader(io.BytesIO(other)).pages[0].mediabox
    assert (float(box.width), float(box.height)) == (612, 792)


def test_a_letter_that_needs_a_second_page_is_refused_in_words() -> None:
    long = whole(visit=replace(VISIT, interpretation="She turns more quickly than before. " * 150))
    with pytest.raises(PaperError, match=r"fills \d pages and is to be one: shorten the interpretation"):
        pdf_of(paper("letter", long))
    assert pages(pdf_of(paper("note", long))) > 1


def test_a_signature_never_stands_alone_on_a_page() -> None:
    last = []
    for lines in (0, 3, 6, 21):
        words = "She turns more quickly than before, and looks up as she does so, as was asked of her. " * lines
        pdf = pdf_of(paper("discharge", whole(visit=replace(VISIT, interpretation=words))))
        last.append("".join(PdfReader(io.BytesIO(pdf)).pages[-1].extract_text().split()))
    assert all(squeezed(VISIT.plan) in text for text in last)
    assert len({"Course" in text for text in last}) == 2, "none came to the end of a page"


def test_a_long_name_never_runs_over_the_word_above_it() -> None:
    long = replace(VISIT.clinician, name="Maria Theresia Walburga Amalia Christina von Habsburg-Lothringen " * 3)
    pdf = pdf_of(paper("letter", whole(visit=replace(VISIT, clinician=long))))
    heights: dict[str, float] = {}

    def seen(text: str, page: list[float], line: list[float], *_: object) -> None:
        if text.strip():
            heights.setdefault(text.strip().split()[0], line[4] * page[1] + line[5] * page[3] + page[5])

    PdfReader(io.BytesIO(pdf)).pages[-1].extract_text(visitor_text=seen)
    assert heights["Name"] > heights["Maria"] + 8
    assert heights["Maria"] > heights["Signature"]


def test_each_page_says_that_nobody_stood_there() -> None:
    made = paper("report")
    for marks in ((SIMULATED,), ()):
        read = PdfReader(io.BytesIO(pdf_of(replace(made, marks=marks)))).pages
        assert len(read) > 1
        assert all(one.extract_text().count("Simulated person.") == len(marks) for one in read[1:])


def test_a_number_stays_with_its_unit_on_one_line() -> None:
    said = replace(VISIT, interpretation="about 95 % of it, " * 40, plan="now at 1.2 m/s or so, " * 30)
    lines = PdfReader(io.BytesIO(pdf_of(paper("note", case(visit=said))))).pages[0].extract_text().splitlines()
    assert sum("95 %" in line for line in lines) > 5
    assert not [line for line in lines if line.lstrip().startswith(("%", "m/s"))]


def test_long_words_break_in_the_page_too() -> None:
    style = html_of(paper("letter"))
    for rule in (r"\.lead p \{[^}]*", r"\.signature dd \{[^}]*"):
        assert re.search(f"{rule}overflow-wrap: anywhere", style)


SAID = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs", "Sm", "Sc"), exclude_characters="\xad•"),
               min_size=1, max_size=120)  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(SAID)
def test_whatever_the_clinician_writes_stands_on_both(text: str) -> None:
    made = paper("letter", case(visit=replace(VISIT, interpretation=f"a {text} b", plan="", response="", next="")))
    pdf = without_this_computers(made)
    assert letters(pdf_text(pdf, made)) == letters(page_text(html_of(made)))


# Names


def test_arabic_is_shaped_and_needs_no_font_of_the_computer() -> None:
    made = paper("letter", named("Arabic"))
    pdf = without_this_computers(made)
    assert any("DejaVuSans" in name for name in fonts(pdf))
    assert all(fonts(pdf).values())
    assert letters(pdf_text(pdf, made)) == letters(page_text(html_of(made)))
    # Shaped: an initial, a medial and a final letter are other glyphs than those that stand alone.
    assert pdf != without_this_computers(paper("letter", named("Latin")))


@pytest.mark.skipif(not CHINESE, reason="no Chinese font here: apt install fonts-wqy-microhei")
def test_chinese_comes_from_a_font_of_the_computer_that_goes_into_the_file() -> None:
    made = paper("letter", named("Chinese"))
    pdf = pdf_of(made)
    assert pdf_text(pdf, made) == page_text(html_of(made))
    assert "小明" in pdf_text(pdf, made)
    found = fonts(pdf)
    assert all(found.values())
    assert len(found) > 2


def test_without_a_chinese_font_the_sentence_names_the_character_and_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paper_pages, "_families", lambda _: list(paper_pages.OWN_FONTS))
    with pytest.raises(PaperError) as error:
        pdf_of(paper("letter", named("Chinese")))
    assert "No font on this computer has '王' (CJK UNIFIED IDEOGRAPH-738B)" in str(error.value)
    assert "apt install fonts-wqy-microhei" in str(error.value)


def test_a_character_of_no_font_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    odd = paper("note", case(visit=replace(VISIT, plan=f"Turn {NOBODY_HAS}.")))
    with pytest.raises(PaperError, match=r"No font on this computer has U\+0378"):
        write_paper(odd, tmp_path, "note")
    assert list(tmp_path.iterdir()) == []


def test_fonts_of_boxes_are_never_asked() -> None:
    known = ["Aaa", "Last Resort High-Efficiency", ".LastResort", "DejaVu Sans", "Noto Sans CJK SC", "Libertinus Serif"]
    assert paper_pages._families(known) == ["Libertinus Serif", "DejaVu Sans", "Noto Sans CJK SC", "Aaa"]


@pytest.mark.parametrize("script", NAMES)
def test_pages_keep_names_apart_from_what_stands_around_them(script: str) -> None:
    html = html_of(paper("letter", named(script)))
    for part in NAMES[script]:
        assert f"<bdi>{part}</bdi>" in html


# What else may go wrong


def test_a_failure_of_typst_comes_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unknown variable: x\nline 2")

    monkeypatch.setattr(typst, "Compiler", broken)
    with pytest.raises(PaperError, match=r"typst could not make the PDF \(unknown variable: x\)") as error:
        pdf_of(paper("letter"))
    assert "--" not in str(error.value), "an option that the command doesn't have"


def test_a_missing_font_of_ours_comes_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_pages, "CARRIED", ("Gone.ttf",))
    with pytest.raises(PaperError, match="letters of papers can't be read"):
        pdf_of(paper("letter"))


def test_a_folder_that_can_not_be_written_comes_in_words(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="can't be written"):
        write_paper(paper("letter"), tmp_path / "gone", "letter")
