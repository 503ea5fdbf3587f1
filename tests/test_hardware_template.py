# SPDX-License-Identifier: MIT
"""The insole to cut out: its outline holds every puck, and a millimetre on the page is a millimetre."""

from __future__ import annotations

import copy
import json
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

import paper
from surefoot import cells, cli
from surefoot.hardware import outline, sheet, template
from surefoot.hardware.sheet import PAPERS, HardwareError

SIZES = range(34, 51)
LEFT, RIGHT = slice(0, 8), slice(8, 16)


@cache
def drawn(eu_size: int, side: str, name: str = "a4") -> list[paper.Sheet]:
    return paper.read(sheet.pdf(template.draw(outline.insole(eu_size, side), PAPERS[name]), "test"))


def cut(page: paper.Sheet) -> paper.Stroke:
    """The outer line, where to cut."""
    (curve,) = [s for s in page.strokes if s.width_pt == 1.0 and len(s.points) > 50]
    return curve


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether points [n,2] are in a closed polygon, by the angle it winds around each."""
    rays = polygon[None] - points[:, None]
    turn = np.angle((rays[..., 0] + 1j * rays[..., 1])[:, 1:] / (rays[..., 0] + 1j * rays[..., 1])[:, :-1])
    return np.abs(turn.sum(1)) > np.pi


# -- the outline --


@pytest.mark.parametrize("side", outline.SIDES)
@pytest.mark.parametrize("eu_size", SIZES)
def test_every_puck_keeps_its_margin_at_every_size(eu_size, side):
    shape = outline.insole(eu_size, side)
    length_m = cells.size_length_mm(eu_size) / 1e3
    centres = 1e3 * cells.load(1e3 * length_m).xy_m[LEFT if side == "left" else RIGHT]
    margin_mm = outline.table()["puck"]["margin_mm"]
    assert margin_mm >= 2
    turn = np.linspace(0, 2 * np.pi, 73)
    rim = 1e3 * cells.load().diameter_m / 2 + margin_mm - 0.02
    for centre in centres:
        assert inside(shape.outline_mm, centre + rim * np.column_stack((np.cos(turn), np.sin(turn)))).all()


@pytest.mark.parametrize("eu_size", SIZES)
def test_an_insole_is_as_long_as_its_size_and_of_a_foots_form(eu_size):
    shape = outline.insole(eu_size, "right")
    (left, heel), (right, toe) = shape.outline_mm.min(0), shape.outline_mm.max(0)
    assert toe - heel == pytest.approx(265 + (eu_size - 42) * 6.667, abs=0.2)
    assert heel == pytest.approx(-shape.length_mm / 2, abs=0.1)
    assert 0.3 < (right - left) / shape.length_mm < 0.4
    assert np.allclose(shape.outline_mm[0], shape.outline_mm[-1])


def test_left_is_the_mirror_of_right_and_the_big_toe_is_inside():
    left, right = outline.insole(42, "left"), outline.insole(42, "right")
    assert np.allclose(left.outline_mm, right.outline_mm * (-1, 1))
    assert np.allclose(left.cells_mm, right.cells_mm * (-1, 1))
    assert left.names == tuple(f"L{k}" for k in range(1, 9))
    assert right.names == tuple(f"R{k}" for k in range(1, 9))
    for shape in (left, right):
        tip_x = shape.outline_mm[shape.outline_mm[:, 1].argmax(), 0]
        medial = [x for place, (x, _) in zip(shape.places, shape.cells_mm, strict=True) if "medial" in place]
        assert len(medial) == 3
        assert all(np.sign(x) == np.sign(tip_x) for x in medial), "toes and medial cells are on one side"
        assert np.sign(shape.exit_mm[0]) == -np.sign(tip_x), "leads leave on the outer side"


def test_the_groove_leaves_between_two_rows_of_pucks():
    for eu_size in SIZES:
        shape = outline.insole(eu_size, "left")
        gaps = np.abs(shape.cells_mm[:, 1] - shape.exit_mm[1]) - shape.puck_mm / 2
        assert gaps.min() > shape.groove_mm / 2


def test_an_outline_that_is_too_narrow_is_refused_by_name():
    narrow = copy.deepcopy(outline.table())
    narrow["right"]["points"] = [[0.9 * x if abs(y) < 0.1 else x, y] for x, y in narrow["right"]["points"]]
    with pytest.raises(HardwareError, match=r"At EU 34 the puck of R[45] comes within -?\d\.\d mm of the cut, 2 mm"):
        outline.insole(34, "right", narrow)
    far = copy.deepcopy(outline.table())
    far["right"]["points"] = [[x + 0.3, y] for x, y in far["right"]["points"]]
    with pytest.raises(HardwareError, match=r"within -\d"):
        outline.insole(42, "right", far)


@pytest.mark.parametrize("spoil", [lambda t: t.pop("grade"), lambda t: t["right"].update(points=[[1], [2, 3]])])
def test_a_damaged_outline_is_refused_in_words(spoil):
    bad = copy.deepcopy(outline.table())
    spoil(bad)
    with pytest.raises(HardwareError, match=r"correct hardware/outline\.toml"):
        outline.insole(42, "left", bad)


def test_sizes_and_lengths_are_one_scale():
    assert cells.size_length_mm(42) == cells.load().foot_length_mm == 265
    for eu_size in SIZES:
        assert cells.eu_size(cells.size_length_mm(eu_size)) == pytest.approx(eu_size)
        assert outline.size_for(cells.size_length_mm(eu_size) - 1) == eu_size
        assert outline.size_for(cells.size_length_mm(eu_size) + 1) == eu_size + 1


# -- the page --


@pytest.mark.parametrize(
    ("eu_size", "side", "name"),
    [(34, "left", "letter"), (42, "left", "a4"), (42, "right", "letter"), (50, "right", "a4"), (50, "left", "letter")],
)
def test_pucks_lie_on_the_page_where_the_cell_map_has_them(eu_size, side, name):
    centres = 1e3 * cells.load(cells.size_length_mm(eu_size)).xy_m[LEFT if side == "left" else RIGHT]
    for page in drawn(eu_size, side, name):
        assert (page.width_mm, page.height_mm) == pytest.approx(
            (PAPERS[name].width_mm, PAPERS[name].height_mm), abs=0.01
        )
        assert paper.scales_ok(page)
        circles = np.array(page.circles())
        assert len(circles) == 8
        assert circles[:, 2] == pytest.approx(1e3 * cells.load().diameter_m, abs=0.01)
        assert circles[:, :2] - circles[0, :2] == pytest.approx(centres - centres[0], abs=0.02)


@pytest.mark.parametrize("wrong", [25.0, 26.0])
def test_a_wrong_scale_is_found(monkeypatch, wrong):
    monkeypatch.setattr(sheet, "MM_PER_INCH", wrong)
    page = drawn.__wrapped__(42, "left")[0]
    assert not paper.scales_ok(page)
    assert abs(page.circles()[0][2] - 30) > 0.2


@pytest.mark.parametrize(
    ("eu_size", "name", "count"),
    [(34, "a4", 1), (42, "a4", 1), (43, "a4", 1), (44, "a4", 2), (50, "a4", 2), (41, "letter", 1), (42, "letter", 2)],
)
def test_one_sheet_where_it_fits_two_where_it_does_not(eu_size, name, count):
    pages = drawn(eu_size, "right", name)
    assert len(pages) == count
    shape = outline.insole(eu_size, "right")
    seen = np.zeros(len(shape.outline_mm), bool)
    for page in pages:
        heel = np.array(page.circles()[0][:2]) - shape.cells_mm[0]
        curve = cut(page)
        wanted = shape.outline_mm + heel
        shown = paper.seen(curve, wanted)
        assert paper.away(wanted[shown], curve.points).max() < 0.01
        seen |= shown
        x0, y0, x1, y1 = curve.window or (0, 0, 0, 0)
        assert min(x0, y0, page.width_mm - x1, page.height_mm - y1) >= sheet.EDGE_MM - 0.01, (
            "printers can't reach further"
        )
    assert seen.all()


@pytest.mark.parametrize(("eu_size", "name"), [(44, "a4"), (50, "a4"), (50, "letter")])
def test_alignment_crosses_meet_when_the_sheets_are_joined(eu_size, name):
    crosses = []
    for page in drawn(eu_size, "left", name):
        heel = np.array(page.circles()[0][:2])
        arms = [s for s in page.segments(0.5) if abs(np.ptp(s.points[:, 0]) + np.ptp(s.points[:, 1]) - 10) < 0.01]
        assert len(arms) == 4
        assert all(paper.seen(s, s.points).all() for s in arms), "whole crosses on both sheets"
        crosses.append(sorted(tuple((s.points.mean(0) - heel).round(3)) for s in arms))
    assert crosses[0] == crosses[1]
    first, second = crosses[0][0], crosses[0][-1]
    assert second[0] - first[0] > 40, "two points far apart hold the angle"


def test_rulers_and_words_stay_clear_of_the_insole():
    for eu_size, name in product((34, 41, 43, 44, 50), ("a4", "letter")):
        for page in drawn(eu_size, "right", name):
            curve = cut(page)
            shown = curve.points[paper.seen(curve, curve.points)]
            level = next(s for s in page.segments(0.5) if abs(np.ptp(s.points[:, 0]) - 100) < 0.01)
            low = shown[shown[:, 1] < level.points[0, 1] + 2]
            assert not len(low) or low[:, 0].max() < level.points[:, 0].min()


# -- the command --


def test_the_command_writes_a_page_and_says_what_to_check(tmp_path, capsys):
    out = tmp_path / "left.pdf"
    assert cli.main(["hardware", "template", "--eu-size", "42", "--side", "left", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "left insole EU 42, 265.0 mm long, 1 sheet of a4" in said
    assert "100 %" in said
    assert len(paper.read(out.read_bytes())) == 1
    first = out.read_bytes()
    again = tmp_path / "again.pdf"
    assert cli.main(["hardware", "template", "--eu-size", "42", "--side", "left", "--out", str(again)]) == 0
    assert again.read_bytes() == first


@pytest.mark.parametrize("words", [["--json", "template"], ["template", "--json"]])
def test_json_before_or_after_the_word(tmp_path, capsys, words):
    out = tmp_path / "r.pdf"
    args = ["--foot-length-mm", "248", "--side", "right", "--paper", "letter", "--out", str(out)]
    assert cli.main(["hardware", *words, *args]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["eu_size"], facts["side"], facts["paper"], facts["pages"]) == (40, "right", "letter", 1)
    assert facts["insole_length_mm"] == pytest.approx(251.67, abs=0.01)
    assert [cell["name"] for cell in facts["cells"]] == [f"R{k}" for k in range(1, 9)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--eu-size", "33"], "no template for EU 33: sizes go from 34 to 50"),
        (["--eu-size", "51"], "no template for EU 51"),
        (["--foot-length-mm", "180"], "no template for EU 30"),
        (["--foot-length-mm", "26.5"], "outside 100 to 400 mm"),
        (["--foot-length-mm", "nan"], "outside 100 to 400 mm"),
    ],
)
def test_sizes_that_do_not_exist_are_refused_and_leave_nothing(tmp_path, capsys, words, said):
    out = tmp_path / "x.pdf"
    assert cli.main(["hardware", "template", *words, "--side", "left", "--out", str(out)]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_files_are_never_written_over_nor_half(tmp_path, capsys, monkeypatch):
    out = tmp_path / "mine.pdf"
    out.write_text("mine")
    base = ["hardware", "template", "--eu-size", "42", "--side", "left", "--out"]
    assert cli.main([*base, str(out)]) == 1
    assert out.read_text() == "mine"
    assert cli.main([*base, str(tmp_path / "page.png")]) == 1
    assert "doesn't end in .pdf" in capsys.readouterr().err
    assert cli.main([*base, str(out / "below.pdf")]) == 1
    assert "can't be written" in capsys.readouterr().err
    monkeypatch.setattr(sheet.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert cli.main([*base, str(tmp_path / "new.pdf")]) == 1
    assert "No space left" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.pdf"]


@pytest.mark.parametrize("name", PAPERS)
def test_rulers_measure_100_mm_from_end_to_end(name):
    """Also with their ticks: a tick of one that goes on where the other ends would be measured with it."""
    for size in (PAPERS[name], PAPERS[name].turned()):
        page = sheet.page(size)
        sheet.rulers(page)
        (read,) = paper.read(sheet.pdf([page], "test"))
        assert paper.scales_ok(read)
        ink = np.vstack([s.points for s in read.strokes if np.ptp(s.points[:, 0]) < 150])
        assert np.ptp(ink, axis=0) == pytest.approx((100, 100), abs=0.01)


def test_tiles_share_exactly_the_overlap():
    for high, most in ((100.0, 300.0), (301.0, 300.0), (1000.0, 180.0)):
        spans = sheet.tiles(0.0, high, most, 20.0)
        assert spans[0][0] == 0
        assert spans[-1][1] == pytest.approx(high)
        assert all(end - start <= most + 1e-9 for start, end in spans)
        assert all(a[1] - b[0] == pytest.approx(20) for a, b in pairwise(spans))
    with pytest.raises(ValueError, match="never gets on"):
        sheet.tiles(0, 100, 20, 20)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("template --eu-size 42 --side left", "insole-42-left.pdf"),
        ("mat", "mat.pdf"),
        ("enclosure", "boxes.pdf"),
        ("wiring --board esp32-devkit", "wiring-esp32-devkit.pdf"),
        ("wiring --board esp32-devkit --yaml", "wiring-esp32-devkit.yaml"),
    ],
)
def test_without_a_name_a_drawing_has_one_of_its_own(
    words: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["hardware", *words.split()]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert name in capsys.readouterr().out
    assert cli.main(["hardware", *words.split()]) == 1, "what is there is never overwritten"
