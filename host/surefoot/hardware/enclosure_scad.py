# SPDX-License-Identifier: MIT
"""The boxes as OpenSCAD text, from the same table as the drawings; one module each, the parts to print side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .enclosure_fit import WALLS, outer_mm

HEAD = """\
// SPDX-License-Identifier: MIT
// Surefoot: boxes at waist and ankle. Made by `surefoot hardware enclosure` from hardware/enclosure.toml: change that.
$fn = 40;
module slab(x, y, z, r) { linear_extrude(z) offset(r) square([x - 2 * r, y - 2 * r], center = true); }
module block(at, size) { translate(at) cube(size); }
"""


def text(boxes: Mapping[str, Any]) -> str:
    """The whole file; boxes lie beside each other, lids and shelf next to them."""
    out, x = [HEAD], 0.0
    for name, case in boxes["case"].items():
        out.append(_case(name, case, boxes))
        wide = outer_mm(case)[0] + 10
        for part in ("box", "lid", *(("shelf",) if "shelf" in case["parts"] else ())):
            out.append(f"translate([{x:g}, 0, 0]) {name}_{part}();\n")
            x += wide
    return "".join(out)


def _case(name: str, case: Mapping[str, Any], boxes: Mapping[str, Any]) -> str:
    x, y, _ = outer_mm(case)
    inner, floor, wall, r = case["inner_mm"], case["floor_mm"], case["wall_mm"], case["radius_mm"]
    screw, top = boxes["screw"], floor + case["inner_mm"][2]
    solid = [f"slab({x:g}, {y:g}, {top:g}, {r:g});"]
    if "strap" in case:
        wing = case["strap"]["wing_mm"]
        solid.append(f"slab({x:g}, {y + 2 * wing:g}, {floor:g}, {r:g});")
    hollow = f"translate([0, 0, {floor:g}]) slab({inner[0]:g}, {inner[1]:g}, {inner[2] + 1:g}, {max(r - wall, 0.1):g});"
    posts = [_post(a, b, floor, case["boss_mm"], inner[2]) for a, b in case["bosses_mm"]]
    if "shoulder_mm" in case:
        posts += [_post(a, b, floor, case["shoulder_mm"], case["shoulder_z_mm"]) for a, b in case["bosses_mm"]]
    pegs_z = case["parts"]["carrier"]["at_mm"][2]
    posts += [_post(a, b, floor, case["peg_mm"], pegs_z) for a, b in case["pegs_mm"]]
    for bar in case.get("reliefs", {}).values():
        (bx, by), (sx, sy, sz) = bar["at_mm"], bar["size_mm"]
        posts.append(
            f"difference() {{ block([{bx:g}, {by:g}, {floor:g}], [{sx:g}, {sy:g}, {sz:g}]); "
            f"block([{bx - 1:g}, {by + sy / 2 - bar['slot_mm'][0] / 2:g}, {floor:g}], "
            f"[{sx + 2:g}, {bar['slot_mm'][0]:g}, {bar['slot_mm'][1]:g}]); }}"
        )
    cuts = [
        _post(a, b, top - screw["length_mm"], screw["hole_mm"], screw["length_mm"] + 1) for a, b in case["bosses_mm"]
    ]
    deep = boxes["carrier"]["peg_screw_mm"] - boxes["carrier"]["thick_mm"]
    cuts += [_post(a, b, floor + pegs_z - deep, boxes["carrier"]["peg_hole_mm"], deep + 1) for a, b in case["pegs_mm"]]
    cuts += [_opening(hole, case) for hole in case["openings"].values()]
    if "strap" in case:
        long, high = case["strap"]["slot_mm"]
        off = y / 2 + case["strap"]["wing_mm"] - case["strap"]["rim_mm"] - high / 2
        cuts += [
            f"block([{-long / 2:g}, {s * off - high / 2:g}, -1], [{long:g}, {high:g}, {floor + 2:g}]);" for s in (-1, 1)
        ]
    after = []
    if "clip" in case:
        clip = case["clip"]
        low = y / 2 - clip["length_mm"]
        after = [
            f"block([{-clip['width_mm'] / 2:g}, {low:g}, {-clip['gap_mm'] - clip['thickness_mm']:g}], "
            f"[{clip['width_mm']:g}, {clip['length_mm']:g}, {clip['thickness_mm']:g}]);",
            f"block([{-clip['width_mm'] / 2:g}, {y / 2 - clip['root_mm']:g}, {-clip['gap_mm'] - 0.1:g}], "
            f"[{clip['width_mm']:g}, {clip['root_mm']:g}, {clip['gap_mm'] + 0.2:g}]);",
        ]
    lid = [_post(a, b, -1, screw["through_mm"], case["lid_mm"] + 2) for a, b in case["bosses_mm"]]
    shell = f"difference() {{ union() {{ {' '.join(solid)} }} {hollow} }}"
    within = f"intersection() {{ slab({x:g}, {y:g}, {top:g}, {r:g}); union() {{\n        "
    parts = [
        f"module {name}_box() {{\n  difference() {{\n    union() {{\n      {shell}\n      {within}",
        "\n        ".join(posts),
        "\n      } }\n    }\n    ",
        "\n    ".join(cuts),
        "\n  }\n  ",
        "\n  ".join(after),
        "\n}\n",
        f"module {name}_lid() {{ difference() {{\n  slab({x:g}, {y:g}, {case['lid_mm']:g}, {r:g});\n  ",
        "\n  ".join(lid),
        "\n} }\n",
    ]
    if "shelf" in case["parts"]:
        sx, sy, sz = case["parts"]["shelf"]["size_mm"]
        loose = case["boss_mm"] + 2 * boxes["rule"]["clearance_mm"]
        holes = " ".join(_post(a, b, -1, loose, sz + 2) for a, b in case["bosses_mm"])
        parts.append(f"module {name}_shelf() {{ difference() {{ slab({sx:g}, {sy:g}, {sz:g}, 1); {holes} }} }}\n")
    return "".join(parts)


def _post(x: float, y: float, z: float, across: float, high: float) -> str:
    return f"translate([{x:g}, {y:g}, {z:g}]) cylinder(d = {across:g}, h = {high:g});"


def _opening(hole: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    through = WALLS[hole["wall"]]
    sign = -1 if hole["wall"][0] == "-" else 1
    (along, up), (wide, high) = hole["at_mm"], hole["size_mm"]
    middle = sign * (case["inner_mm"][through] + case["wall_mm"]) / 2
    size = [0.0, 0.0, high]
    size[through], size[1 - through] = case["wall_mm"] + 2, wide
    at = [0.0, 0.0, case["floor_mm"] + up]
    at[through], at[1 - through] = middle, along
    low = [a - s / 2 for a, s in zip(at, size, strict=True)]
    return f"block([{', '.join(f'{v:g}' for v in low)}], [{', '.join(f'{v:g}' for v in size)}]);"
