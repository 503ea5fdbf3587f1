# SPDX-License-Identifier: MIT
"""The foot mat: on paper the feet stand where the measures believe that they stand."""

from __future__ import annotations

import json
import tomllib
from itertools import combinations

import numpy as np
import pytest

import paper
from surefoot import cli, resources
from surefoot.hardware import mat, sheet
from surefoot.hardware.sheet import PAPERS, HardwareError
from surefoot.placement import PlacementError, place_feet

FOOT_LINE_PT, HEEL_PT, CROSS_PT = 1.4, 2.0, 0.5


def drawn(where: mat.Stance, name: str = "a4") -> list[paper.Sheet]:
    return paper.read(sheet.pdf(mat.draw(where, PAPERS[name]), "test"))


def foot_lines(page: paper.Sheet) -> list[np.ndarray]:
    """Both foot lines on this page, left first, heel first; they may reach beyond the sheet."""
    lines = [s.points for s in page.segments(FOOT_LINE_PT)]
    return sorted((line[np.argsort(line[:, 1])] for line in lines), key=lambda line: line[0, 0])


@pytest.mark.parametrize(
    ("heel_mm", "angle_deg", "length_mm"), [(170, 7, None), (90, 0, 220), (250, 18, 318.3), (0, 5, 265)]
)
def test_heels_and_toes_are_those_of_the_placement(heel_mm, angle_deg, length_mm):
    where = mat.stance(heel_mm, angle_deg, length_mm)
    length_mm = length_mm or 265
    rotation, translation = place_feet(heel_mm / 1e3, angle_deg, angle_deg, length_mm / 1e3)
    for foot in range(2):
        for end, found in ((-1, where.heels_mm[foot]), (1, where.toes_mm[foot])):
            point_m = rotation[foot] @ (0, end * length_mm / 2e3) + translation[foot]
            assert found == pytest.approx(1e3 * point_m, abs=1e-9)
    apart = where.heels_mm[1] - where.heels_mm[0]
    assert apart == pytest.approx((heel_mm, 0), abs=1e-9)
    way = where.toes_mm - where.heels_mm
    assert np.degrees(np.arctan2(way[:, 0], way[:, 1])) == pytest.approx((-angle_deg, angle_deg))
    assert np.hypot(*way.T) == pytest.approx(length_mm)


def test_without_numbers_it_is_the_placement_of_the_standing_test():
    text = (resources.data_dir("protocols") / "quiet-stance.toml").read_text("utf-8")
    asked = tomllib.loads(text)["placement"]
    assert mat.default_placement() == (asked["heel_distance_mm"], asked["foot_angle_deg"]) == (170, 7)


@pytest.mark.parametrize("name", PAPERS)
def test_a_millimetre_on_the_mat_is_a_millimetre(name):
    where = mat.stance(170, 7)
    pages = drawn(where, name)
    assert len(pages) == {"a4": 4, "letter": 4, "a3": 2}[name]
    whole = 0
    for page in pages:
        size = sorted((page.width_mm, page.height_mm))
        assert size == pytest.approx(sorted((PAPERS[name].width_mm, PAPERS[name].height_mm)), abs=0.01)
        assert paper.scales_ok(page)
        for line in foot_lines(page):
            if abs(np.hypot(*(line[1] - line[0])) - 265) < 0.02:
                whole += 1
                out = np.degrees(np.arctan2(abs(line[1, 0] - line[0, 0]), line[1, 1] - line[0, 1]))
                assert out == pytest.approx(7, abs=0.01)
    assert whole >= (2 if name == "a3" else 0)


def test_a_wrong_scale_is_found(monkeypatch):
    monkeypatch.setattr(sheet, "MM_PER_INCH", 25.0)
    assert not paper.scales_ok(drawn(mat.stance(170, 7), "a3")[0])


def crosses(page: paper.Sheet) -> list[np.ndarray]:
    """Middles of the alignment crosses that lie wholly on this sheet."""
    arms = [
        s for s in page.segments(CROSS_PT)
        if abs(np.hypot(*np.diff(s.points, axis=0)[0]) - 10) < 0.01 and paper.seen(s, s.points).all()
    ]  # fmt: skip
    middles = [s.points.mean(0) for s in arms]
    return [a for a, b in combinations(middles, 2) if np.hypot(*(a - b)) < 0.05]


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("placement", [(170, 7), (300, 20)])
def test_joined_at_the_crosses_the_sheets_make_one_mat(name, placement):
    """Sheets are laid by their crosses alone; then heels, toes and outlines must be where the placement has them."""
    where = mat.stance(*placement)
    pages = mat.draw(where, PAPERS[name])
    read = paper.read(sheet.pdf(pages, "test"))
    views = [page.figure.axes[1] for page in pages]
    names = [{t.get_text(): np.array(t.get_position()) for t in view.texts if len(t.get_text()) == 1} for view in views]
    marks: dict[str, np.ndarray] = {}
    for labels in names:
        for letter, at in labels.items():
            assert np.allclose(marks.setdefault(letter, at), at), "a letter is one place on the mat"
    offsets = []
    for page, view in zip(read, views, strict=True):
        on_page, here = crosses(page), []
        low = np.array((view.get_xlim()[0], view.get_ylim()[0]))
        shift = np.array((sheet.EDGE_MM, sheet.EDGE_MM + mat.STRIP_MM)) - low
        here = [m - 1 for m in marks.values() if any(np.allclose(m - 1 + shift, c, atol=0.03) for c in on_page)]
        assert len(here) == len(on_page) >= 2, "every cross that is seen has a letter, and two hold a sheet"
        assert max(np.hypot(*(a - b)) for a, b in combinations(here, 2)) > 50
        offsets.append(shift)
    wanted = np.vstack((where.heels_mm, where.toes_mm, *where.outlines_mm))
    seen = np.zeros(len(wanted), int)
    for page, shift in zip(read, offsets, strict=True):
        window = next(
            s.window for s in page.segments(CROSS_PT) if s.window and s.window[2] - s.window[0] < page.width_mm - 20
        )
        x0, y0, x1, y1 = window
        assert min(x0, y0, page.width_mm - x1, page.height_mm - y1) >= sheet.EDGE_MM - 0.01
        on = wanted + shift
        seen += (on[:, 0] >= x0) & (on[:, 0] <= x1) & (on[:, 1] >= y0) & (on[:, 1] <= y1)
        for foot, line in enumerate(foot_lines(page) if len(foot_lines(page)) == 2 else []):
            ends = np.array((where.heels_mm[foot], where.toes_mm[foot])) + shift
            assert paper.away(line, ends).max() < 0.02, "what is drawn of a foot line lies on it"
    assert (seen >= 1).all()


def test_every_cross_lies_on_the_two_sheets_that_it_joins():
    pages = drawn(mat.stance(170, 7))
    counts = [len(crosses(page)) for page in pages]
    assert counts == [4, 4, 4, 4], "two to each neighbour"


def test_the_scales_read_other_placements():
    """A tick of the heel scale at every millimetre from the middle; degree lines about each heel point from 0 to 20."""
    where = mat.stance(170, 7)
    view = mat.draw(where, PAPERS["a3"])[0].figure.axes[1]
    (scale,) = [line for line in view.lines if line.get_linewidth() == 0.3]
    x = np.asarray(scale.get_xdata(), float)
    ticks = np.unique(x[np.isfinite(x)])
    assert np.allclose(np.diff(ticks), 1)
    assert ticks[0] == -ticks[-1]
    assert ticks[-1] >= 85 + 50
    fans = [line for line in view.lines if line.get_linewidth() == 0.35]
    angles = []
    for line in fans:
        (x0, x1), (y0, y1) = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        side = np.sign(x0)
        assert np.cross((x1 - x0, y1 - y0, 0), (side * 85 - x0, -y0, 0))[2] == pytest.approx(0, abs=1e-6)
        angles.append((side, round(np.degrees(np.arctan2(side * (x1 - x0), y1 - y0)), 6)))
    assert sorted(angles) == [(side, a) for side in (-1, 1) for a in (0, 5, 10, 15, 20)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--heel-distance-mm", "-5"], "foot placement"),
        (["--heel-distance-mm", "nan"], "foot placement"),
        (["--heel-distance-mm", "900"], "at most 400 mm apart"),
        (["--foot-angle-deg", "-3"], "angles from 0 to 30"),
        (["--foot-angle-deg", "31"], "angles from 0 to 30"),
        (["--foot-length-mm", "26"], "outside 100 to 400 mm"),
    ],
)
def test_a_mat_that_nobody_can_stand_on_is_refused(tmp_path, capsys, words, said):
    assert cli.main(["hardware", "mat", *words, "--out", str(tmp_path / "mat.pdf")]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_both_kinds_of_refusal_are_raised_to_callers():
    with pytest.raises(PlacementError):
        mat.stance(-1, 7)
    with pytest.raises(HardwareError):
        mat.stance(170, 45)


def test_the_command_writes_the_sheets(tmp_path, capsys):
    out = tmp_path / "mat.pdf"
    assert cli.main(["hardware", "mat", "--out", str(out), "--foot-angle-deg", "10", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["heel_distance_mm"], facts["foot_angle_deg"], facts["pages"]) == (170, 10, 4)
    assert facts["heels_mm"] == [[-85, 0], [85, 0]]
    assert len(paper.read(out.read_bytes())) == 4
    assert cli.main(["hardware", "mat", "--out", str(tmp_path / "b.pdf")]) == 0
    assert "heels 170 mm apart, feet turned out by 7 degrees, 4 sheets" in capsys.readouterr().out
