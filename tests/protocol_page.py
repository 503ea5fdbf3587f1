# SPDX-License-Identifier: MIT
"""`python tests/protocol_page.py`: writes the tables of tests and scales in protocols/README.md from the files."""

from __future__ import annotations

from surefoot.care.protocol import Protocol, load_protocol, protocol_names
from surefoot.care.scales import load_scale, scale_names
from surefoot.resources import data_dir

PAGE = data_dir("protocols") / "README.md"
ENDS = {
    "tests": ("<!-- tests -->\n", "<!-- end of tests -->\n"),
    "scales": ("<!-- scales -->\n", "<!-- end of scales -->\n"),
}


def table_of_tests() -> str:
    head = "| test | what it tells | min | seen by the device | marked by the observer (key) | not measurable |\n"
    return head + "| --- | --- | --- | --- | --- | --- |\n" + "".join(_row(load_protocol(n)) for n in protocol_names())


def table_of_scales() -> str:
    head = "| scale | what is rated | by | items | range | better |\n| --- | --- | --- | --- | --- | --- |\n"
    rows = []
    for name in scale_names():
        scale = load_scale(name)
        items = f"{scale.items.least} to {scale.items.most}" if scale.items.own else str(scale.items.most)
        low, high = scale.range
        rows.append(
            f"| `{name}` | {scale.purpose} | {scale.rated_by} | {items} | {low:.0f} to {high:.0f} | {scale.better} |\n"
        )
    return head + "".join(rows)


def page(text: str) -> str:
    """The page with both tables as the files say it."""
    for name, table in (("tests", table_of_tests()), ("scales", table_of_scales())):
        begin, end = ENDS[name]
        before, rest = text.split(begin)
        text = before + begin + table + end + rest.split(end)[1]
    return text


def _row(protocol: Protocol) -> str:
    seen = list(dict.fromkeys(one for c in protocol.conditions for one in protocol.detectors_of(c)))
    marks = ", ".join(f"{mark.id} (`{mark.key}`)" for mark in protocol.marks if mark.key != "n")
    limits = " ".join(protocol.not_measured)
    return (
        f"| `{protocol.id}` | {protocol.purpose} | {protocol.takes_min:g} | {', '.join(seen)} | {marks} | {limits} |\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
