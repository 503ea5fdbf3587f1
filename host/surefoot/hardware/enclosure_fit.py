# SPDX-License-Identifier: MIT
"""The two boxes of hardware/enclosure.toml, and the rules by which all that goes in fits, each fault one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from math import hypot
from typing import Any

from surefoot import resources

from .sheet import HardwareError

Table = Mapping[str, Any]
Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]  # from and to along X, Y, Z
WALLS = {"-x": 0, "+x": 0, "-y": 1, "+y": 1}  # the axis that goes through it
_TOUCH = 1e-6


@cache
def table() -> dict[str, Any]:
    """hardware/enclosure.toml."""
    return resources.hardware_table("enclosure.toml", "The table of the boxes", HardwareError)


def must_fit(boxes: Table) -> None:
    """Raise HardwareError with every fault."""
    wrong = check(boxes)
    if wrong:
        raise HardwareError("hardware/enclosure.toml doesn't fit. " + " ".join(wrong))


def check(boxes: Table) -> list[str]:
    """What doesn't fit, one sentence each."""
    try:
        wrong = list(_boards(boxes))
        for name, case in boxes["case"].items():
            for rule in (_walls, _inside, _apart, _bosses, _pegs, _openings, _ties, _cell, _clip, _strap):
                wrong += [f"{name.capitalize()} box: {words}" for words in rule(boxes, case)]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise HardwareError(f"hardware/enclosure.toml lacks or misspells an entry ({error}): correct it.") from error
    return wrong


def outer_mm(case: Table) -> tuple[float, float, float]:
    """Size over all, without clip and wings."""
    x, y, z = case["inner_mm"]
    return x + 2 * case["wall_mm"], y + 2 * case["wall_mm"], z + case["floor_mm"] + case["lid_mm"]


def part_box(part: Table) -> Box:
    low, size = part["at_mm"], part["size_mm"]
    return tuple((a, a + b) for a, b in zip(low, size, strict=True))  # type: ignore[return-value]


def _solids(case: Table) -> dict[str, Box]:
    """What is in the box besides walls: parts, bosses, tie bars; round ones as the squares around them."""
    found = {name: part_box(part) for name, part in case["parts"].items()}
    for i, (x, y) in enumerate(case["bosses_mm"], 1):
        z = case.get("shoulder_z_mm", 0.0)
        for name, size, low, high in (
            (f"foot of boss {i}", case.get("shoulder_mm", 0.0), 0.0, z),
            (f"boss {i}", case["boss_mm"], z, case["inner_mm"][2]),
        ):
            if size and high > low:
                found[name] = ((x - size / 2, x + size / 2), (y - size / 2, y + size / 2), (low, high))
    for name, bar in case.get("reliefs", {}).items():
        found[name] = part_box({"size_mm": bar["size_mm"], "at_mm": [*bar["at_mm"], 0.0]})
    return found


def _boards(t: Table) -> Iterator[str]:
    """Every board and every IMU side by side on the carrier, and under the shelf."""
    carrier, rest = t["case"]["waist"]["parts"]["carrier"]["size_mm"], t["carrier"]
    for board in resources.boards():
        profile = resources.profile(board)
        kind, mah = profile["imu"]["kind"], str(profile["power"]["cell_mah"])
        for group, name in (("board", board), ("imu", kind), ("cell", mah)):
            if name not in t[group]:
                yield f"There is no size of {group} '{name}': add it under [{group}]."
                return
        long, wide, high = t["board"][board]
        imu_long, imu_wide, _ = t["imu"][kind]
        # Either stands along the carrier; the IMU beside the board, or ahead of it where that is short.
        beside = wide + rest["gap_mm"] + imu_wide <= carrier[0] and max(long, imu_long) <= carrier[1]
        if not beside and not (long + rest["gap_mm"] + imu_wide <= carrier[1] and max(wide, imu_long) <= carrier[0]):
            yield f"{board} with its {kind} does not fit on the carrier of {carrier[0]:g} x {carrier[1]:g} mm."
        tall = rest["thick_mm"] + rest["header_mm"] + high
        if tall > carrier[2]:
            yield f"{board} on carrier and sockets is {tall:g} mm high, {carrier[2]:g} are there."
        cell = t["case"]["waist"]["parts"]["cell"]["size_mm"]
        if any(a > b for a, b in zip(t["cell"][mah], cell, strict=True)):
            yield f"The cell of {mah} mAh is larger than the {cell[0]:g} x {cell[1]:g} x {cell[2]:g} mm kept for it."


def _walls(t: Table, case: Table) -> Iterator[str]:
    for what in ("wall", "floor", "lid"):
        thick = case[f"{what}_mm"]
        if thick < t["rule"]["wall_mm"]:
            yield f"a {what} of {thick:g} mm is thinner than {t['rule']['wall_mm']:g}."
    if case["radius_mm"] < t["rule"]["radius_mm"]:
        yield f"corners of {case['radius_mm']:g} mm radius are sharp: at least {t['rule']['radius_mm']:g}."


def _inside(t: Table, case: Table) -> Iterator[str]:
    x, y, z = case["inner_mm"]
    space = ((-x / 2, x / 2), (-y / 2, y / 2), (0.0, z))
    for name, part in case["parts"].items():
        for axis, (low, high), (least, most) in zip("XYZ", part_box(part), space, strict=True):
            gap = min(low - least, most - high)
            on_feet = axis == "Z" and "on" in part
            if gap < (0 if on_feet else t["rule"]["clearance_mm"]) - _TOUCH:
                need = t["rule"]["clearance_mm"]
                yield f"the {name} has {gap:.1f} mm to the walls along {axis}, {need:g} are needed."


def _apart(t: Table, case: Table) -> Iterator[str]:
    need = t["rule"]["clearance_mm"]
    for (a, box), (b, other) in combinations(_solids(case).items(), 2):
        part = case["parts"].get(a, {}) or case["parts"].get(b, {})
        rests = part.get("on") == "shoulders" and ("boss" in a or "boss" in b)
        if a not in case["parts"] and b not in case["parts"]:
            continue  # bosses, their feet and bars may grow together
        gaps = [max(o[0] - s[1], s[0] - o[1]) for s, o in zip(box, other, strict=True)]
        if not rests and max(gaps) < need - _TOUCH:
            yield f"{a} and {b} are {max(gaps):.1f} mm apart, {need:g} are needed."


def _bosses(t: Table, case: Table) -> Iterator[str]:
    screw, rule = t["screw"], t["rule"]
    need = screw["hole_mm"] + 2 * rule["boss_wall_mm"]
    if case["boss_mm"] < need:
        yield f"bosses of {case['boss_mm']:g} mm leave too little around the screw: at least {need:g}."
    if not screw["hole_mm"] < screw["diameter_mm"] < screw["through_mm"]:
        yield "the screw's holes must be narrower than its thread in the boss, and wider in the lid."
    grip, deepest = screw["length_mm"] - case["lid_mm"], case["inner_mm"][2] - 1
    if not rule["grip_mm"] <= grip <= deepest:
        yield f"the screw reaches {grip:.1f} mm into its boss: {rule['grip_mm']:g} to {deepest:g} are right."
    for x, y in case["bosses_mm"]:
        deep = [abs(at) + case["boss_mm"] / 2 - inner / 2 for at, inner in zip((x, y), case["inner_mm"], strict=False)]
        if max(deep) > case["wall_mm"]:
            yield f"the boss at {x:g}, {y:g} sticks out of the box."
        elif max(deep) < rule["root_mm"]:
            yield f"the boss at {x:g}, {y:g} stands free: let it grow into a wall by {rule['root_mm']:g} mm."


def _pegs(t: Table, case: Table) -> Iterator[str]:
    """The carrier lies on its pegs with its solder free of the floor, so that box, board and IMU move as one."""
    own, carrier = t["carrier"], part_box(case["parts"]["carrier"])
    high = carrier[2][0]
    if high < own["tails_mm"] + t["rule"]["clearance_mm"]:
        yield f"pegs of {high:g} mm leave no room for solder tails of {own['tails_mm']:g}."
    if case["peg_mm"] < own["peg_hole_mm"] + 2 * t["rule"]["boss_wall_mm"]:
        yield f"pegs of {case['peg_mm']:g} mm leave too little around their screws."
    if not 2 <= own["peg_screw_mm"] - own["thick_mm"] <= high + case["floor_mm"] - 0.8:
        yield f"the carrier's screws of {own['peg_screw_mm']:g} mm don't hold, or come through the floor."
    for x, y in case["pegs_mm"]:
        if not (carrier[0][0] < x < carrier[0][1] and carrier[1][0] < y < carrier[1][1]):
            yield f"the peg at {x:g}, {y:g} is not below the carrier."
    shelf = case["parts"].get("shelf")
    if shelf and abs(shelf["at_mm"][2] - case["shoulder_z_mm"]) > _TOUCH:
        yield "the shelf does not lie on the shoulders of the bosses."


def _openings(t: Table, case: Table) -> Iterator[str]:
    rule = t["rule"]
    for name, hole in case["openings"].items():
        (wide, high), (need_wide, need_high) = hole["size_mm"], t["plug"][hole["passes"]]
        if wide < need_wide + 2 * rule["opening_mm"] or high < need_high + 2 * rule["opening_mm"]:
            yield f"the opening '{name}' of {wide:g} x {high:g} mm is too small for {need_wide:g} x {need_high:g}."
        along, up = hole["at_mm"]
        if up - high / 2 < rule["bridge_mm"] or up + high / 2 > case["inner_mm"][2] - rule["bridge_mm"]:
            yield f"the opening '{name}' leaves less than {rule['bridge_mm']:g} mm of wall below or above."
        through = WALLS[hole["wall"]]
        edge, sign = case["inner_mm"][through] / 2, -1 if hole["wall"][0] == "-" else 1
        if abs(along) + wide / 2 > case["inner_mm"][1 - through] / 2 - rule["bridge_mm"]:
            yield f"the opening '{name}' runs into a corner."
        for solid, box in _solids(case).items():
            near = (sign * box[through][1 if sign > 0 else 0]) > edge - rule["clearance_mm"] + _TOUCH
            low, high_ = box[1 - through]
            meets = low < along + wide / 2 and high_ > along - wide / 2
            if near and meets and box[2][0] < up + high / 2 and box[2][1] > up - high / 2:
                yield f"the opening '{name}' is blocked by {solid}."


def _ties(t: Table, case: Table) -> Iterator[str]:
    """Where a lead is soldered inside, a bar takes the pull before the solder does."""
    rule, lead = t["rule"], t["lead"]["diameter_mm"]
    for name, hole in case["openings"].items():
        if hole["passes"] != "lead_itself":
            continue
        bar = case.get("reliefs", {}).get(hole.get("tied", ""))
        if bar is None:
            yield f"the opening '{name}' lets a lead in that nothing holds: add a tie bar and name it as 'tied'."
            continue
        if min(t["plug"]["lead_itself"]) < lead:
            yield f"[plug] lead_itself is smaller than the lead of {lead:g} mm."
        through = WALLS[hole["wall"]]
        box = part_box({"size_mm": bar["size_mm"], "at_mm": [*bar["at_mm"], 0.0]})
        gap = case["inner_mm"][through] / 2 - (box[through][1] if hole["wall"][0] == "+" else -box[through][0])
        far = rule["bend_diameters"] * lead
        if not 0 <= gap <= far:
            yield f"the tie bar of '{name}' is {gap:.1f} mm behind the wall: 0 to {far:g} are right."
        if not box[1 - through][0] <= hole["at_mm"][0] <= box[1 - through][1]:
            yield f"the tie bar of '{name}' is not behind its opening."
        if bar["slot_mm"][0] < rule["tie_mm"]:
            yield f"the slot of '{name}' is too narrow for a tie of {rule['tie_mm']:g} mm."
        if box[2][1] > hole["at_mm"][1]:
            yield f"the tie bar of '{name}' is higher than the lead's middle."


def _cell(t: Table, case: Table) -> Iterator[str]:
    cell = case["parts"].get("cell")
    if cell is None:
        return
    rule, box = t["rule"], part_box(cell)
    room = case["inner_mm"][2] - box[2][1]
    if room < rule["swelling_share"] * cell["size_mm"][2] - _TOUCH:
        yield f"the cell has {room:.1f} mm to swell, {rule['swelling_share'] * cell['size_mm'][2]:.1f} are needed."
    for x, y in case["bosses_mm"]:
        away = hypot(max(box[0][0] - x, 0, x - box[0][1]), max(box[1][0] - y, 0, y - box[1][1]))
        if away - t["screw"]["diameter_mm"] / 2 < rule["cell_to_screw_mm"]:
            yield f"the screw at {x:g}, {y:g} comes within {rule['cell_to_screw_mm']:g} mm of the cell."
    shelf = case["parts"].get("shelf")
    covered = shelf is not None and all(
        s[0] <= c[0] and c[1] <= s[1] for s, c in zip(part_box(shelf)[:2], box[:2], strict=True)
    )
    if not covered:
        yield "no shelf keeps the solder tails from the cell."


def _clip(t: Table, case: Table) -> Iterator[str]:
    clip = case.get("clip")
    if clip is None:
        return
    play = t["rule"]["play_mm"]
    if clip["gap_mm"] < t["belt"]["thickness_mm"] + play:
        yield f"the clip's gap of {clip['gap_mm']:g} mm is too narrow for the belt."
    if clip["length_mm"] - clip["root_mm"] < t["belt"]["width_mm"] + play:
        yield f"the clip is too short for a belt of {t['belt']['width_mm']:g} mm."
    if clip["length_mm"] > outer_mm(case)[1]:
        yield "the clip is longer than the box."
    if clip["thickness_mm"] < t["rule"]["wall_mm"]:
        yield "the clip is thinner than a wall may be."


def _strap(t: Table, case: Table) -> Iterator[str]:
    strap = case.get("strap")
    if strap is None:
        return
    play, (long, wide) = t["rule"]["play_mm"], strap["slot_mm"]
    if long < t["strap"]["width_mm"] + play or wide < t["strap"]["thickness_mm"] + play:
        yield f"the strap's slot of {long:g} x {wide:g} mm is too small for the strap."
    inner = strap["wing_mm"] - wide - strap["rim_mm"]
    if min(inner, strap["rim_mm"]) < t["rule"]["wall_mm"]:
        yield "the strap's slot leaves too little of the wing."
    if long + 2 * t["rule"]["wall_mm"] > outer_mm(case)[0]:
        yield "the strap's slot is longer than the box."
