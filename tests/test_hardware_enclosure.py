# SPDX-License-Identifier: MIT
"""The two boxes: what goes in fits, each rule finds the fault that it is for, and the drawing has the table's sizes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import paper
from surefoot import cli, resources
from surefoot.hardware import enclosure, enclosure_fit, enclosure_scad, netlist, sheet
from surefoot.hardware.enclosure_fit import check, outer_mm, table
from surefoot.hardware.sheet import PAPERS, HardwareError


@pytest.fixture
def boxes() -> dict[str, Any]:
    return copy.deepcopy(table())


def test_the_shipped_boxes_fit(boxes):
    assert check(boxes) == []
    for case in boxes["case"].values():
        assert max(outer_mm(case)) < 100, "small enough to wear"


def put(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(boxes: dict[str, Any]) -> None:
        for step in path[:-1]:
            boxes = boxes[step]
        assert path[-1] in boxes
        boxes[path[-1]] = value

    return spoil


WAIST, ANKLE = ("case", "waist"), ("case", "ankle")
FAULTS = [
    # boards
    (put("board", "esp32-devkit", value=[75, 27.9, 6]), "esp32-devkit with its lsm6dso does not fit on the carrier"),
    (put("imu", "icm42688", value=[25, 26, 4]), "esp32-s3-devkit with its icm42688 does not fit on the carrier"),
    (put("board", "esp32-sd", value=[54.4, 27.9, 9]), "esp32-sd on carrier and sockets is 19.1 mm high"),
    (put("cell", "2000", value=[36, 60, 9]), "The cell of 2000 mAh is larger"),
    (lambda t: t["board"].pop("esp32-mux"), "There is no size of board 'esp32-mux'"),
    # walls and edges
    (put(*WAIST, "wall_mm", value=1.2), "Waist box: a wall of 1.2 mm is thinner than 2"),
    (put(*ANKLE, "lid_mm", value=1.0), "Ankle box: a lid of 1 mm is thinner"),
    (put(*WAIST, "floor_mm", value=0.8), "a floor of 0.8 mm"),
    (put(*ANKLE, "radius_mm", value=1), "corners of 1 mm radius are sharp"),
    # inside, apart
    (put(*WAIST, "inner_mm", value=[70, 72, 29]), "the cell has -0.6 mm to the walls along Z"),
    (put(*ANKLE, "inner_mm", value=[60.4, 46, 17]), "the carrier has 0.2 mm to the walls along X"),
    (put(*WAIST, "parts", "cell", "at_mm", value=[-18, -30, 21]), "shelf and cell are -1.1 mm apart"),
    (put(*WAIST, "parts", "carrier", "size_mm", value=[50, 70, 17.5]), "carrier and shelf are 0.0 mm apart"),
    (put(*ANKLE, "bosses_mm", value=[[-32, 20], [37, -20]]), "carrier and boss 1 are -0.0 mm apart|carrier and boss 1"),
    (put(*ANKLE, "reliefs", "tie bar", "at_mm", value=[28, -3]), "carrier and tie bar"),
    # bosses and pegs
    (put(*WAIST, "boss_mm", value=6.0), "bosses of 6 mm leave too little around the screw: at least 6.6"),
    (put("screw", "hole_mm", value=3.0), "narrower than its thread"),
    (put("screw", "through_mm", value=3.0), "wider in the lid"),
    (put("screw", "length_mm", value=6), "the screw reaches 3.6 mm into its boss"),
    (put("screw", "length_mm", value=20), "the screw reaches 17.6 mm into its boss: 6 to 16"),
    (put(*ANKLE, "bosses_mm", value=[[-36.4, 19.4], [37, -20]]), "the boss at -36.4, 19.4 stands free"),
    (put(*ANKLE, "bosses_mm", value=[[-39.5, 20], [37, -20]]), "the boss at -39.5, 20 sticks out"),
    (put("carrier", "tails_mm", value=3.0), "pegs of 3 mm leave no room for solder tails"),
    (put(*WAIST, "peg_mm", value=4), "pegs of 4 mm leave too little around their screws"),
    (put("carrier", "peg_screw_mm", value=8), "come through the floor"),
    (put("carrier", "peg_screw_mm", value=3), "don't hold"),
    (put(*ANKLE, "pegs_mm", value=[[-31, -18], [28, 18]]), "the peg at -31, -18 is not below the carrier"),
    (put(*WAIST, "shoulder_z_mm", value=20.2), "the shelf does not lie on the shoulders"),
    # openings and strain relief
    (put("plug", "usb", value=[28, 9]), "the opening 'USB' of 27 x 10 mm is too small for 28 x 9"),
    (put(*WAIST, "openings", "left lead", "size_mm", value=[34, 6]), "'left lead' of 34 x 6 mm is too small"),
    (put(*WAIST, "openings", "USB", "at_mm", value=[0, 6]), "'USB' leaves less than 2 mm of wall below or above"),
    (put(*WAIST, "openings", "right lead", "at_mm", value=[18, 11]), "'right lead' runs into a corner"),
    (put(*WAIST, "openings", "right lead", "at_mm", value=[15, 11]), "'right lead' is blocked by foot of boss 4"),
    (put(*ANKLE, "openings", "insole", "at_mm", value=[4, 9]), "'insole' is blocked by boss 1"),
    (lambda t: t["case"]["ankle"]["openings"]["lead"].pop("tied"), "lets a lead in that nothing holds"),
    (lambda t: t["case"]["ankle"].pop("reliefs"), "lets a lead in that nothing holds"),
    (put("lead", "diameter_mm", value=6.0), "lead_itself is smaller than the lead of 6 mm"),
    (put("rule", "bend_diameters", value=0.2), "the tie bar of 'lead' is 2.5 mm behind the wall: 0 to 0.96"),
    (put(*ANKLE, "reliefs", "tie bar", "at_mm", value=[34.5, 6]), "is not behind its opening"),
    (put(*ANKLE, "reliefs", "tie bar", "slot_mm", value=[2.5, 2]), "too narrow for a tie of 3 mm"),
    (put(*ANKLE, "reliefs", "tie bar", "size_mm", value=[3, 14, 8]), "higher than the lead's middle"),
    # cell
    (put("rule", "swelling_share", value=0.25), "the cell has 1.4 mm to swell, 1.8 are needed"),
    (put("rule", "cell_to_screw_mm", value=15), "comes within 15 mm of the cell"),
    (lambda t: t["case"]["waist"]["parts"].pop("shelf"), "no shelf keeps the solder tails from the cell"),
    (put(*WAIST, "parts", "shelf", "size_mm", value=[50, 70.8, 1.6]), "no shelf keeps"),
    # belt and strap
    (put("belt", "thickness_mm", value=4.5), "the clip's gap of 4.6 mm is too narrow"),
    (put("belt", "width_mm", value=44), "the clip is too short for a belt of 44 mm"),
    (put(*WAIST, "clip", "length_mm", value=80), "the clip is longer than the box"),
    (put(*WAIST, "clip", "thickness_mm", value=1.5), "the clip is thinner"),
    (put("strap", "width_mm", value=30), "the strap's slot of 27 x 3 mm is too small"),
    (put(*ANKLE, "strap", "rim_mm", value=1.5), "the strap's slot leaves too little of the wing"),
    (put(*ANKLE, "strap", "slot_mm", value=[84, 3]), "the strap's slot is longer than the box"),
]


@pytest.mark.parametrize(("spoil", "said"), FAULTS, ids=[said[:50] for _, said in FAULTS])
def test_each_rule_finds_its_fault(boxes, spoil, said):
    spoil(boxes)
    found = check(boxes)
    assert any(re.search(said if "|" in said else re.escape(said), words) for words in found), found
    with pytest.raises(HardwareError, match=r"enclosure\.toml doesn't fit"):
        enclosure_fit.must_fit(boxes)


def test_every_sentence_of_the_rules_has_a_fault_that_brings_it_out():
    """No rule without a table that breaks it: each `yield` of the module is reached by one of the faults above."""
    source = (resources._PACKAGE / "hardware" / "enclosure_fit.py").read_text("utf-8")
    sentences = re.findall(r'yield (?:f?"(?:[^"\\]|\\.)*"\s*)+', source)
    assert len(sentences) >= 30
    seen: set[int] = set()
    for spoil, _ in FAULTS:
        boxes = copy.deepcopy(table())
        spoil(boxes)
        for words in check(boxes):
            for at, sentence in enumerate(sentences):
                text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', sentence))
                pattern = ".+?".join(re.escape(part) for part in re.split(r"\{[^}]*\}", text))
                if re.search(pattern, words):
                    seen.add(at)
    assert [sentences[at] for at in range(len(sentences)) if at not in seen] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t.pop("rule"),
        lambda t: t["case"]["waist"].pop("inner_mm"),
        lambda t: t["case"]["ankle"].update(wall_mm="x"),
    ],
)
def test_a_damaged_table_is_refused_in_words(boxes, spoil):
    spoil(boxes)
    with pytest.raises(HardwareError, match=r"enclosure\.toml lacks or misspells"):
        check(boxes)


def test_the_boxes_know_every_board_imu_cell_and_plug_of_the_wiring(boxes):
    assert set(boxes["board"]) == set(resources.boards())
    for board in resources.boards():
        kinds = {part.kind for part in netlist.load(board).parts.values()}
        for kind in kinds & {"lead_plug", "insole_plug"}:
            assert kind.removesuffix("_plug") in boxes["plug"]
        assert "insole_plug" in kinds
    assert {hole["passes"] for hole in boxes["case"]["waist"]["openings"].values()} >= {"usb", "insole"}
    assert any(resources.profile(board)["cue"] for board in resources.boards())
    assert "cue" in boxes["case"]["waist"]["parts"]
    assert "sound" in {hole["passes"] for hole in boxes["case"]["waist"]["openings"].values()}
    wide = max(size[0] for name, size in boxes["plug"].items() if name != "usb")
    assert boxes["plug"]["insole"][0] == wide, "an opening for an insole's plug passes a lead's plug too"


def level_lengths(page: paper.Sheet) -> np.ndarray:
    return np.array([abs(np.diff(s.points[:, 0])[0]) for s in page.segments(0.35) if np.ptp(s.points[:, 1]) < 0.01])


@pytest.mark.parametrize("name", ["a4", "letter"])
def test_the_drawing_has_the_tables_dimensions_at_full_size(boxes, name):
    pages = enclosure.draw(boxes, PAPERS[name])
    read = paper.read(sheet.pdf(pages, "test"))
    assert len(read) == len(boxes["case"]) == 2
    for drawn, page, case in zip(pages, read, boxes["case"].values(), strict=True):
        assert paper.scales_ok(page)
        x, y, z = outer_mm(case)
        outlines = {tuple(np.ptp(s.points, axis=0).round(2)) for s in page.strokes if s.width_pt == 0.9}
        assert outlines == {(round(x, 2), round(y, 2)), (round(x, 2), round(z, 2)), (round(z, 2), round(y, 2))}
        labels = [text.get_text() for text in drawn.paper.texts]
        for value in (x, y, z, case["floor_mm"]):
            assert f"{value:.4g}" in labels
        for line, words in ((s, t) for s in level_lengths(page) for t in [f"{s:.4g}"]):
            assert any(label.startswith(words) for label in labels), f"a measure of {line} mm says {words}"
        holes = [s for s in page.strokes if s.curved]
        assert len(holes) == 2 * len(case["bosses_mm"]) + len(case["pegs_mm"])
        everything = np.vstack([s.points for s in page.strokes if np.ptp(s.points[:, 0]) < page.width_mm - 1])
        assert everything.min() >= sheet.EDGE_MM - 0.01
        assert (everything.max(0) <= np.array((page.width_mm, page.height_mm)) - sheet.EDGE_MM + 0.01).all()


def test_a_measure_says_how_long_it_is():
    page = sheet.page(PAPERS["a4"])
    enclosure.dimension(page.paper, (10, 10), (43.25, 10), 5, " wide")
    enclosure.dimension(page.paper, (10, 10), (10, 17), -5)
    assert [text.get_text() for text in page.paper.texts] == ["33.25 wide", "7"]
    (read,) = paper.read(sheet.pdf([page], "test"))
    assert level_lengths(read) == pytest.approx([33.25], abs=0.01)


def test_the_openscad_text_is_whole_and_follows_the_table(boxes):
    text = enclosure_scad.text(boxes)
    for open_, close in ("()", "[]", "{}"):
        assert text.count(open_) == text.count(close)
    for name in ("waist_box", "waist_lid", "waist_shelf", "ankle_box", "ankle_lid"):
        assert text.count(f"module {name}()") == 1
        assert len(re.findall(rf"\]\) {name}\(\);", text)) == 1
    assert not re.search(r"nan|inf\b|None|e-\d", text)
    assert text.count("cylinder(d = 3.4") == len(boxes["case"]["waist"]["bosses_mm"]) + len(
        boxes["case"]["ankle"]["bosses_mm"]
    )
    assert text.count("cylinder(d = 2.6") == text.count("cylinder(d = 3.4")
    boxes["screw"]["through_mm"] = 3.6
    assert "cylinder(d = 3.6" in enclosure_scad.text(boxes)


def test_the_command_writes_drawing_and_text(tmp_path, capsys):
    out, scad = tmp_path / "box.pdf", tmp_path / "box.scad"
    assert cli.main(["hardware", "enclosure", "--out", str(out), "--scad", str(scad)]) == 0
    said = capsys.readouterr().out
    assert "waist box: 74.8 x 76.8 x 35.8 mm over all" in said
    assert len(paper.read(out.read_bytes())) == 2
    assert scad.read_text().startswith("// SPDX-License-Identifier: MIT\n")
    assert cli.main(["hardware", "enclosure", "--out", str(tmp_path / "b.pdf"), "--scad", str(scad)]) == 1
    assert "there already" in capsys.readouterr().err
    assert not (tmp_path / "b.pdf").exists()
    assert cli.main(["hardware", "enclosure", "--json", "--out", str(tmp_path / "c.pdf")]) == 0
    assert json.loads(capsys.readouterr().out)["outer_mm"]["ankle"] == [84.8, 50.8, 21.8]


def test_a_box_that_does_not_fit_is_not_drawn(tmp_path, capsys, monkeypatch, boxes):
    boxes["case"]["waist"]["wall_mm"] = 1.0
    monkeypatch.setattr(enclosure_fit, "table", lambda: boxes)
    assert cli.main(["hardware", "enclosure", "--out", str(tmp_path / "x.pdf")]) == 1
    assert "Waist box: a wall of 1 mm is thinner than 2." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
