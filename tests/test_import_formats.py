# SPDX-License-Identifier: MIT
"""Tables of numbers in text files: each way of writing gives the same numbers, what is wrong has its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import foreign
from surefoot.clinic.import_file import read_file, score
from surefoot.delimited import TableError, look
from surefoot.delimited_read import read_columns
from surefoot.unit_words import name_and_unit, unit_of

LENGTHS = {"m": 1.0, "cm": 1e2, "mm": 1e3, "um": 1e6, "in": 1 / 0.0254}
DELIMITERS = (",", ";", "\t", " ")
SHARED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def table(path: Path) -> np.ndarray:
    layout = look(path)
    return read_columns(layout, range(len(layout.columns)))


@SHARED
@given(
    delimiter=st.sampled_from(DELIMITERS),
    comma=st.booleans(),
    unit=st.sampled_from(tuple(LENGTHS)),
    bracket=st.sampled_from(("[{}]", "({})", " [{}]", "_{}", " ({})")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "latin-1", "utf-16")),
    quoted=st.booleans(),
    above=st.lists(
        st.sampled_from(("Subject: P001", "Rate (Hz): 100", "", "# made by a plate at 20 °C", "100")), max_size=4
    ),
    end=st.sampled_from(("\n", "\r\n")),
    lost=st.booleans(),
)
def test_every_way_of_writing_gives_the_same_numbers(
    tmp_path: Path, delimiter, comma, unit, bracket, encoding, quoted, above, end, lost
) -> None:
    decimal = "," if comma else "."
    cop_m = foreign.sway_m(12.0)
    if lost and delimiter != " ":
        cop_m[[0, 50, 51, -1], [0, 1, 1, 1]] = np.nan
    names = [f"COP_ML{bracket.format(unit)}", f"COP_AP{bracket.format(unit)}"]
    quoted = (quoted and delimiter != " ") or (comma and delimiter == ",")
    columns = [np.arange(len(cop_m)) / 100.0, *(cop_m * LENGTHS[unit]).T]
    path = foreign.write(
        tmp_path / "a.txt", [f"Time{bracket.format('s')}", *names], columns, delimiter=delimiter, decimal=decimal,
        above=above, encoding=encoding, quoted=quoted, end=end,
    )  # fmt: skip
    read = read_file(path)
    assert read.rate_hz == 100.0
    assert read.cop_m is not None
    np.testing.assert_allclose(read.cop_m, cop_m, rtol=1e-8, atol=1e-15)
    assert all(one["guessed"] for one in read.facts["columns"].values())


def test_numbers_alone_above_the_table_are_no_table(tmp_path: Path) -> None:
    above = ("100", "Subject: P001", "Subject: P001", "100")
    path = foreign.cop_csv(tmp_path / "a.csv", above=above)
    assert (look(path).delimiter, look(path).above) == (",", 5)


def test_a_decimal_comma_between_commas_is_refused(tmp_path: Path) -> None:
    path = foreign.cop_csv(tmp_path / "a.csv", decimal=",", delimiter=",")
    with pytest.raises(TableError, match="a comma both between cells and in numbers"):
        look(path)


def test_a_kistler_file_with_its_header_and_its_row_of_units(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    force, moment = foreign.plate(cop_m)
    columns = [np.arange(len(cop_m)) / 100.0, *force.T, *moment.T, cop_m[:, 1], cop_m[:, 0]]
    names = ("abs time", "Fx", "Fy", "Fz", "Mx", "My", "Mz", "Ax", "Ay")
    units = ("s", "N", "N", "N", "N.m", "N.m", "N.m", "m", "m")
    path = foreign.write(tmp_path / "k.txt", names, columns, delimiter="\t", above=foreign.BIOWARE, units=units)
    older = foreign.write(
        tmp_path / "o.txt", ("abs time (s)", *names[1:]), columns, delimiter="\t", above=foreign.BIOWARE, units=units
    )
    for one in (path, older):
        np.testing.assert_allclose(foreign.cop_of(one, "ml=Ay,ap=Ax"), cop_m, rtol=1e-8)
        made = read_file(one, "ml=plate.y,ap=plate.x", az0_mm=-41.0)
        assert made.cop_m is not None
        np.testing.assert_allclose(made.cop_m, cop_m, atol=1e-8)
        assert made.facts["weight_n"] == pytest.approx(700, abs=0.5)
        assert made.warnings == ()
    assert any("--az0-mm" in text for text in read_file(path, "ml=plate.y,ap=plate.x").warnings)
    assert any("below 0" in text for text in read_file(path, "ml=plate.y,ap=plate.x", az0_mm=41.0).warnings)


def test_what_the_ground_does_to_the_person_gives_the_same_centre(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    force, moment = foreign.plate(cop_m)
    path = foreign.write(tmp_path / "a.txt", (), (*-force.T, *-moment.T), delimiter=",")
    made = foreign.cop_of(path, "ml=plate.y,ap=plate.x", amti=True, rate_hz=100, az0_mm=-41.0)
    np.testing.assert_allclose(made, cop_m, atol=1e-8)


def test_two_plates_in_one_file_are_told_apart_by_number(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    names = ("abs time (s)", "Ax", "Ay", "Ax", "Ay")
    columns = (np.arange(len(cop_m)) / 100.0, *foreign.sway_m(seed=9).T, *cop_m.T)
    path = foreign.write(tmp_path / "k.txt", names, columns, delimiter="\t", units=("s", "m", "m", "m", "m"))
    np.testing.assert_allclose(foreign.cop_of(path, "ml=Ax#2,ap=Ay#2"), cop_m, rtol=1e-8)


def test_amti_text_without_names(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    force, moment = foreign.plate(cop_m)
    path = foreign.write(tmp_path / "a.txt", (), (*force.T, *moment.T), delimiter=" , ")
    made = foreign.cop_of(path, "ml=plate.y,ap=plate.x", amti=True, rate_hz=100, az0_mm=-41.0)
    np.testing.assert_allclose(made, cop_m, atol=1e-8)
    by_place = foreign.cop_of(
        path, "fx=#1[N],fy=#2[N],fz=#3[N],mx=#4[Nm],my=#5[Nm],ml=-plate.y,ap=plate.x", rate_hz=100, az0_mm=-41.0
    )
    np.testing.assert_allclose(by_place, cop_m * (-1, 1), atol=1e-8)


def test_dates_are_times(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    start = np.datetime64("2024-05-17T23:59:50.000")
    for shown in ("{}", '"{}"'):
        lines = ["Timestamp,ml_mm,ap_mm"]
        for row, (ml, ap) in enumerate(cop_m * 1e3):
            moment = str(start + np.timedelta64(10 * row, "ms")).replace("T", " ")
            lines.append(f"{shown.format(moment)},{ml:.9g},{ap:.9g}")
        path = tmp_path / "a.csv"
        path.write_text("\n".join(lines))
        read = read_file(path, "ml=ml_mm,ap=ap_mm,time=Timestamp")
        assert read.rate_hz == 100.0
        assert read.cop_m is not None
        np.testing.assert_allclose(read.cop_m, cop_m, rtol=1e-8)


def test_words_for_nothing_are_counted_and_a_column_of_words_does_no_harm(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    lines = ["t_s;cop_ml_mm;cop_ap_mm;event"]
    for row, (ml, ap) in enumerate(cop_m * 1e3):
        lines.append(f"{row / 100};{('NA', 'n/a', '-', ' ')[row % 4] if 100 <= row < 108 else ml:.9};{ap:.9g};quiet")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    read = read_file(tmp_path / "a.csv")
    assert read.facts["empty_cells"] == {"cop_ml": 8}
    assert read.cop_m is not None
    assert np.isnan(read.cop_m).sum() == 8


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: [*rows[:40], "0.4,1.0,oops", *rows[41:]], r"line 42, column cop_ap_mm: 'oops' is no number"),
        (lambda rows: [*rows[:40], "0.4,1.0", *rows[41:]], r"line 42: 2 cells, where the table has 3 columns"),
        (lambda rows: [*rows[:40], "0.4,1.0,2.0,3.0", *rows[41:]], r"line 42: 4 cells"),
        (lambda rows: [*rows[:40], "0.4,1.0", *rows[41:80], "0.8,1,2,3", *rows[81:]], r"line 42: 2 cells"),
        (lambda rows: [*rows, "End of file"], r"line 3002: 1 cells"),
        (lambda rows: [row + ",1" for row in rows], "names 3 columns in the line above the numbers.* have 4|names 3"),
        (lambda rows: ["none"], "no table of numbers"),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(tmp_path: Path, edit, words: str) -> None:
    path = foreign.cop_csv(tmp_path / "a.csv")
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *edit(rows)]))
    with pytest.raises(TableError, match=words):
        read_file(path)


def test_what_is_no_text_or_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(b"\x02\x50\0\0\x10" * 50)
    for path, words in ((tmp_path / "a.c3d", "isn't text"), (tmp_path / "none.csv", "check its name")):
        with pytest.raises(TableError, match=words):
            look(path)


@pytest.mark.parametrize(
    ("heading", "name", "word"),
    [
        ("COPx [cm]", "COPx", "cm"), ("Time (s)", "Time", "s"), ("cop_ml_mm", "cop_ml", "mm"), ("Fz, N", "Fz", "N"),
        ("Mx (N-m)", "Mx", "Nm"), ("acc_x_g", "acc_x", "g"), ("Acc X (m/s²)", "Acc X", "m/s2"),
        ("Gyro (°/s)", "Gyro", "deg/s"), ("COPNET_X", "COPNET_X", None), ("left pressure 1[N/cm²]", None, None),
    ],
)  # fmt: skip
def test_units_in_headings(heading: str, name: str | None, word: str | None) -> None:
    found, unit = name_and_unit(heading)
    assert (found, unit.word if unit else None) == (name or heading, word)


def test_units_are_what_they_are() -> None:
    for word, factor in (("lbf", 4.4482216), ("in-lb", 0.1129848), ("ft.lbf", 1.3558179), ("mg", 9.80665e-3)):
        unit = unit_of(word)
        assert unit
        assert unit.factor == pytest.approx(factor, rel=1e-6)


def test_measures_of_a_file_are_those_of_its_arrays(tmp_path: Path) -> None:
    from surefoot.measures import cop_measures

    cop_m = np.round(foreign.sway_m() * 1e3, 5) / 1e3
    found, missing = score(read_file(foreign.cop_csv(tmp_path / "a.csv", cop_m)))
    direct = cop_measures(cop_m, 100.0)
    assert set(direct) <= set(found)
    for key, value in direct.items():
        assert found[key]["value"] == pytest.approx(value, rel=1e-7), key
        assert found[key]["fingerprint"] == direct.fingerprint
    assert not set(found) & set(missing)
