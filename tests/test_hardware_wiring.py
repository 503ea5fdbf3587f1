# SPDX-License-Identifier: MIT
"""Pictures of the wiring: all of the netlist is on them, nothing lies on anything else, and they follow the profile."""

from __future__ import annotations

import copy
import itertools
import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from surefoot import cli, resources
from surefoot.hardware import netlist, schematic, wiring
from surefoot.hardware.netlist import Netlist, Node, gpio
from surefoot.hardware.sheet import HardwareError
from surefoot.hardware.wiring_layout import boxes_of, place, rows
from surefoot.hardware.wiring_picture import draw

BOARDS = resources.boards()
SMALLEST_PT = 6.0
TOUCH_MM = 0.3  # lines nearer than this are one line to the eye


@cache
def loaded(board: str) -> Netlist:
    return netlist.load(board)


@cache
def picture_of(board: str) -> Any:
    return draw(loaded(board))


@cache
def circuits_of(board: str) -> Any:
    pytest.importorskip("schemdraw")
    return schematic.draw(loaded(board))


def outlines(page: Any) -> list[tuple[str, Any]]:
    """Each label and the rectangle that it takes in pixels, all on the page."""
    page.figure.canvas.draw()
    texts = [text for axes in page.figure.axes for text in axes.texts if text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    edge = page.figure.bbox
    for said, box in boxes:
        assert min(box.x0 - edge.x0, edge.x1 - box.x1, box.y0 - edge.y0, edge.y1 - box.y1) >= 0, said
    return boxes


def overlap(one: Any, two: Any) -> tuple[float, float]:
    return min(one.x1, two.x1) - max(one.x0, two.x0), min(one.y1, two.y1) - max(one.y0, two.y0)


def words_on(page: Any) -> list[str]:
    return [text.get_text() for axes in page.figure.axes for text in axes.texts]


def used_pins(profile: dict[str, Any], n: Netlist) -> set[str]:
    from surefoot.device.profiles import uses

    return {gpio(profile, use.pin) for use in uses(profile)} & {node.pin for nodes in n.nets.values() for node in nodes}


@pytest.mark.parametrize("board", BOARDS)
def test_the_picture_holds_every_wire_and_cable(board: str):
    n = loaded(board)
    page = picture_of(board)
    said = words_on(page)
    for cable in n.cables:
        kind = cable.ref.split("-")[1]
        if kind in ("LEAD", "IL", "IR", "BAT"):
            assert any(" ".join(one.split()).startswith(cable.ref) for one in said), cable.ref
    pins = used_pins(resources.profile(board), n)
    assert len(pins) >= 8
    for pin in pins:
        assert any(one == pin or one.startswith(f"{pin} ") for one in said), f"{pin} stands at the board"
    drawn = {line.get_gid() for line in page.paper.lines}
    assert {wire.net for cable in n.cables for wire in cable.wires} <= drawn
    for wire in (wire for cable in n.cables for wire in cable.wires if wire.a.ref == "BOARD" and wire.b.ref != "MUX"):
        assert any(one in (f"{wire.colour} {wire.a.pin}", f"{wire.colour} {wire.net}") for one in said), wire


@pytest.mark.parametrize("board", BOARDS)
def test_a_wire_ends_at_the_rows_of_its_pins(board: str):
    n = loaded(board)
    boxes = boxes_of(n)
    ways = rows(n, boxes)
    place(boxes, ways)
    of = {ref: boxes[part.group] for ref, part in n.parts.items()}
    lines = [line for line in picture_of(board).paper.lines if line.get_gid()]
    for way in ways:
        ends = set()
        for node, side in ((way.wire.a, way.side_a), (way.wire.b, way.side_b)):
            box = of[node.ref]
            if side in ("left", "right"):
                ends.add((round(box.x[0 if side == "left" else 1], 6), round(box.row_y(side, node), 6)))
            else:
                y = box.y if side == "above" else box.y - box.height
                ends.add((round(box.contact_x(side, node), 6), round(y, 6)))
        own = [line for line in lines if line.get_gid() == way.wire.net]
        reached = {(round(x[i], 6), round(y[i], 6)) for x, y in (line.get_data() for line in own) for i in (0, -1)}
        assert ends <= reached, way.wire


# The plainest and the densest; the others behind `make soak`.
SOME = [
    name if name in ("esp32-devkit", "esp32-mux") else pytest.param(name, marks=pytest.mark.soak) for name in BOARDS
]


@pytest.mark.parametrize("board", SOME)
def test_nothing_on_the_picture_lies_on_anything_else(board: str):
    n = loaded(board)
    page = picture_of(board)
    assert min(text.get_fontsize() for text in page.paper.texts) >= SMALLEST_PT
    for (a, one), (b, two) in itertools.combinations(outlines(page), 2):
        wide, high = overlap(one, two)
        assert wide <= 1 or high <= 0.35 * min(one.height, two.height), (a, b)
    frames = list(boxes_placed(n))
    for a, b in itertools.combinations(frames, 2):
        apart = a.x[1] <= b.x[0] or b.x[1] <= a.x[0] or a.y - a.height >= b.y or b.y - b.height >= a.y
        assert apart, (a.name, b.name)
    assert all(box.y - box.height > 16.5 for box in frames), "above the notes"


def boxes_placed(n: Netlist) -> list[Any]:
    boxes = boxes_of(n)
    place(boxes, rows(n, boxes))
    return list(boxes.values())


@pytest.mark.parametrize("board", BOARDS)
def test_wires_of_two_nets_never_run_on_one_line(board: str):
    pieces: list[tuple[str, int, float, float, float]] = []
    for line in picture_of(board).paper.lines:
        net = line.get_gid()
        if not net:
            continue
        points = list(zip(*line.get_data(), strict=True))
        for (xa, ya), (xb, yb) in itertools.pairwise(points):
            if abs(xa - xb) < 1e-9 and abs(ya - yb) > 1e-9:
                pieces.append((net, 0, xa, min(ya, yb), max(ya, yb)))
            elif abs(xa - xb) > 1e-9:
                pieces.append((net, 1, ya, min(xa, xb), max(xa, xb)))
    assert len(pieces) > 50
    for (a, way, at, low, high), (b, other, level, first, last) in itertools.combinations(pieces, 2):
        if a != b and way == other and abs(at - level) < TOUCH_MM:
            assert min(high, last) - max(low, first) < TOUCH_MM, (a, b, at)


def test_another_pin_in_the_profile_is_another_picture(tmp_path: Path):
    profile = copy.deepcopy(resources.profile("esp32-devkit"))
    before = netlist.build(profile)
    profile["button"]["pin"] = 15
    after = netlist.build(profile)
    assert "BN IO4" in words_on(draw(before))
    assert "BN IO15" in words_on(draw(after))
    assert "BN IO4" not in words_on(draw(after))
    assert "BOARD.IO15" in words_on(schematic.draw(after))
    assert wiring.wireviz_yaml(before) != wiring.wireviz_yaml(after)
    path = tmp_path / "a.svg"
    assert wiring.picture(draw(before), path, "a") != wiring.picture(draw(after), path, "a")


# -- WireViz --


def tables(text: str) -> dict[str, Any]:
    """The YAML as written here: names and lists in JSON, which is YAML."""
    found: dict[str, Any] = {"connectors": {}, "cables": {}, "connections": []}
    section = ref = ""
    for line in text.splitlines()[1:]:
        if not line.startswith(" "):
            section = line.rstrip(":")
        elif section == "connections":
            if line.strip() == "-":
                found[section].append([])
            else:
                found[section][-1].append(json.loads(line.strip()[2:]))
        elif not line.startswith("    "):
            ref = json.loads(line.strip()[:-1])
            found[section][ref] = {}
        else:
            key, _, value = line.strip().partition(": ")
            found[section][ref][key] = json.loads(value)
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_the_yaml_holds_every_wire(board: str):
    n = loaded(board)
    found = tables(wiring.wireviz_yaml(n))
    assert found == json.loads(json.dumps(wiring.wireviz(n)))
    wires = [wire for cable in n.cables for wire in cable.wires]
    assert len(found["connections"]) == len(wires)
    for wire, (a, core, b) in zip(wires, found["connections"], strict=True):
        for node, end in ((wire.a, a), (wire.b, b)):
            [(ref, [pin])] = end.items()
            assert Node(ref, str(pin)) == node
            assert pin in found["connectors"][ref]["pins"]
        [(cable, [number])] = core.items()
        assert found["cables"][cable]["colors"][number - 1] == wire.colour


@pytest.mark.parametrize("board", BOARDS)
def test_wireviz_reads_the_yaml(board: str):
    parse = pytest.importorskip("wireviz.wireviz", reason="wireviz isn't installed: pip install wireviz").parse
    n = loaded(board)
    harness = parse(wiring.wireviz_yaml(n), return_types="harness")
    assert set(harness.cables) == {cable.ref for cable in n.cables}
    assert sum(len(cable.connections) for cable in harness.cables.values()) == sum(len(c.wires) for c in n.cables)


# -- schematic --


@pytest.mark.parametrize("board", BOARDS)
def test_the_circuits_carry_values_and_pins(board: str):
    n = loaded(board)
    said = words_on(circuits_of(board))
    for ref in ("RM-L1", "C-L1", "R-UP", "R-DOWN", "C-GAUGE"):
        shown = n.parts[ref].value.replace("kohm", "k\u03a9").replace("ohm", "\u03a9").replace("uF", "\u00b5F")
        assert f"{ref}\n{shown}" in said, ref
    profile = resources.profile(board)
    for pin in (profile["button"]["pin"], profile["battery"]["pin"]):
        assert f"BOARD.{gpio(profile, pin)}" in said
    channel = "MUX.C0" if profile["insoles"]["kind"] == "mux" else "ADC-L.CH0"
    assert channel in said


@pytest.mark.parametrize("board", BOARDS)
def test_no_label_of_the_circuits_lies_on_another(board: str):
    for (a, one), (b, two) in itertools.combinations(outlines(circuits_of(board)), 2):
        assert min(overlap(one, two)) <= 1, (a, b)


def test_without_schemdraw_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "schemdraw", None)
    out = tmp_path / "s.pdf"
    assert cli.main(["hardware", "schematic", "--out", str(out)]) == 1
    assert "pip install 'surefoot[hardware]'" in capsys.readouterr().err
    assert not out.exists()


# -- commands --


@pytest.mark.parametrize("command", ["wiring", "schematic"])
@pytest.mark.parametrize(("suffix", "magic"), [(".pdf", b"%PDF"), (".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_a_file_of_each_kind_the_same_each_time(command: str, suffix: str, magic: bytes, tmp_path: Path):
    first, second = tmp_path / f"a{suffix}", tmp_path / "new" / f"b{suffix}"
    for path in (first, second):
        assert cli.main(["hardware", command, "--board", "xiao-esp32s3", "--out", str(path)]) == 0
    assert first.read_bytes().startswith(magic)
    assert first.read_bytes() == second.read_bytes()
    assert not list(tmp_path.rglob("*.part"))


def test_what_the_command_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    there = tmp_path / "there.pdf"
    there.write_text("mine")
    for words, told in (
        (["--out", str(there)], "is there already"),
        (["--out", str(tmp_path / "a.txt")], "doesn't end in .pdf, .svg, .png"),
        (["--yaml", "--out", str(tmp_path / "a.pdf")], "doesn't end in .yaml"),
        (["--board", "nix", "--out", str(tmp_path / "a.pdf")], "There is no board 'nix'"),
    ):
        assert cli.main(["hardware", "wiring", *words]) == 1
        assert told in capsys.readouterr().err
    assert there.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [there]


def test_a_broken_netlist_is_not_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    n = netlist.load("esp32-devkit")
    nets = {name: tuple(one for one in nodes if one != Node("L1", "B")) for name, nodes in n.nets.items()}
    monkeypatch.setattr(netlist, "load", lambda board: replace(n, nets=nets))
    with pytest.raises(HardwareError, match=r"so it isn't drawn\. L1\.B is not connected"):
        wiring.sound("esp32-devkit")
    assert cli.main(["hardware", "wiring", "--out", str(tmp_path / "a.pdf")]) == 1
    assert not list(tmp_path.iterdir())


def test_the_commands_answer_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "a.yaml"
    assert cli.main(["hardware", "wiring", "--yaml", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(out)
    assert told["wires"] == sum(len(cable.wires) for cable in netlist.load(told["board"]).cables)
    assert cli.main(["hardware", "schematic", "--out", str(tmp_path / "a.svg"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "surefoot-schematic"
