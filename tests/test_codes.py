# SPDX-License-Identifier: MIT
"""The one table of codes and units: what is in it, and what a mistake in it says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from surefoot import resources
from surefoot.care.codes import LOCAL, LOINC, NAME, CodeError, codes, load_codes
from surefoot.errors import ProtocolError
from surefoot.measures.gait.table import GAIT
from surefoot.measures.table import MEASURES

FILE = resources.data_dir("protocols") / NAME
MEASURED = {**MEASURES, **GAIT}
# As the clinical reference has them, seen in their source; every other test has none that was seen.
SEEN = {"89423-8": "tug", "66247-8": "sit-to-stand-30s", "64098-7": "walk-6min", "55423-8": "", "72514-3": ""}


def test_every_measure_has_its_code_and_its_unit_once():
    table = codes()
    for key, row in MEASURED.items():
        assert table.code(LOCAL, key).display == row.label
        assert table.unit(row.unit) == row.unit
    # Labels and units of measures stand in their own tables alone.
    assert not {one["code"] for one in tomllib.loads(FILE.read_text("utf-8"))["codes"]} & set(MEASURED)


def test_units_are_ucum():
    import re

    atom = r"(?:\{[^{}\s]+\}|1|%|a|d|wk|min|s|m|mm|kg|N|Hz|deg|mm\[Hg\]|\(30\.s\))\d?"
    assert all(re.fullmatch(rf"{atom}(?:/{atom})?", unit) for unit in codes().units)


def test_loinc_is_only_what_was_seen_and_only_of_the_same_test():
    table = codes()
    found = {one.code: one for one in table.codes.values() if one.system == LOINC}
    assert {code: one.protocol for code, one in found.items()} == SEEN
    assert {one.certainty for one in found.values()} == {"V"}
    for code, key, protocol in (("89423-8", "elapsed_s", "tug"), ("64098-7", "distance_m", "walk-6min")):
        assert [one.code for one in table.of_measure(key, protocol)] == [code, key]
        for other in ("sit-to-stand-5", "walk-2min", "berg", ""):
            assert [one.code for one in table.of_measure(key, other)] == [key]
    assert table.of_measure("count", "sit-to-stand-30s")[0].unit == "{#}/(30.s)"


def test_what_is_not_in_the_table_is_said():
    with pytest.raises(CodeError, match=r"The code '1234-5' of 'loinc' isn't in protocols/codes/codes.toml"):
        codes().code(LOINC, "1234-5")
    with pytest.raises(CodeError, match=r"The unit 'mmHg' isn't in protocols/codes/codes.toml"):
        codes().unit("mmHg")
    with pytest.raises(CodeError, match="The code 'humours' of 'local'"):
        codes().of_measure("humours")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('measure = "elapsed_s"', 'measure = "elapsed"', "says the measure 'elapsed', which there isn't"),
        ('unit = "{#}/(30.s)"', 'unit = "half-minutes"', "has the unit 'half-minutes', which is none of its units"),
        ('ucum = "mm/s"\n', 'ucum = "mm2"\n', "has a unit twice"),
        ('ucum = "mm/s"\n', 'ucum = "mph"\n', "lacks the unit 'mm/s' of the measure 'cop_velocity_mmps': add it"),
        ('code = "near-fall"', 'code = "fall"', "has a code twice"),
        ('system = "achievement"', 'system = "reached"', "is of 'reached', which is none of its systems"),
        ('certainty = "V"\n', "", "lacks 'certainty': add it"),
        ("format = 1", "format = 2", "newer than this Surefoot reads"),
        ("format = 1", "format 1", "can't be read"),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path: Path, old: str, new: str, says: str):
    text = FILE.read_text("utf-8")
    assert old in text
    path = tmp_path / "codes.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProtocolError, match=says.replace("'", ".")):
        load_codes(path)
    with pytest.raises(ProtocolError, match="can't be read"):
        load_codes(tmp_path / "none.toml")
