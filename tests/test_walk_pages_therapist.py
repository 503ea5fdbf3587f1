# SPDX-License-Identifier: MIT
"""The therapist's page: numbers as in the walks' documents, their errors, what was lost, and no word of judgement."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages import HOSTILE, Page, pictures
from surefoot import cli
from surefoot.clinic.walk_values import BUTTON, Goal, KeptWalk, Said, ScaleCheck, Walker
from surefoot.clinic.walks_folder import keep_said, keep_walk, keep_walker, walks_of
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.errors import SurefootError
from surefoot.measures.gait.table import GAIT, KEYS, MEAN
from surefoot.output import drawing, page, walk_page_curves, walk_page_error, walk_page_therapist, walk_plots
from surefoot.output.walk_page_tables import HEADLINE, SIDES, error_text
from surefoot.output.walk_pages_command import write_pages
from surefoot.output.walk_result import document as whole
from walkpages import NOW, document, failed, kept, lengths_of_few
from walkpages import in_utc as in_utc

BANNED = ("diagnos", "predict", "prescri", "abnormal", "fall risk")
JUDGING = ("improv", "declin", "worse", "deteriorat", "better", "progressed", "significant", "trend")
FEET = ("left", "right")
VERSIONS = {"software": "9.9", "numpy": "8.8"}


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch):
    for module, names in (
        (walk_plots, ("distributions", "course", "trend", "spreads")),
        (walk_page_curves, ("forces", "soles")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, lambda *_: None)


def text_of(*walks: KeptWalk, walker: Walker | None = None, name: str | None = None) -> str:
    made = {walk.name: VERSIONS for walk in walks}
    shown = walk_page_therapist.therapist_view(walker or Walker("P001"), walks, NOW, made, name)
    return page.render("walk_therapist.html.j2", **shown)


def values_of(text: str) -> list[float]:
    return [value for value, _ in Page(text).data]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every figure that is drawn, kept from becoming SVG."""
    out: list[Any] = []

    def keep(figure: Any, simulated: bool) -> str:
        out.append((figure, simulated))
        return "<svg/>"

    monkeypatch.setattr(drawing, "svg", keep)
    return out


def test_every_number_of_the_page_is_that_of_the_document(no_pictures):
    walk = kept()
    told = walk.entry["parameters"]
    found = Page(text_of(walk))
    for key in (*HEADLINE, *told):
        if key in told:
            row, value = GAIT[key], told[key]["value"]
            assert (value, f"{value:.{row.decimals}f}") in found.data, key
            assert row.label in found.words
    for stem in SIDES:
        for foot in FEET:
            assert told[f"{foot}_gait_{stem}"]["value"] in [value for value, _ in found.data]
    counts = [str(told[key]["strides"]) for key in HEADLINE if told[key]["strides"] is not None]
    assert all(f"{count} strides" in found.words for count in counts)


def test_a_waists_speed_says_by_what_the_sensor_itself_is_off(no_pictures):
    made = document()
    speed = f"{made['parameters']['gait_speed_mps']['value']:.2f}"
    page = text_of(kept(entry=made))
    card = page[page.index("Walking speed") :][:400]
    assert speed in card
    assert "by the waist sensor: mean error 0.10 m/s" in card
    made["by"]["lengths"] = "foot sensor, integrated from foot flat to foot flat"
    page = text_of(kept(entry=made))
    assert "by the waist sensor" not in page[page.index("Walking speed") :][:400]


def test_means_are_of_the_strides_that_their_errors_are_of():
    for feet in ("both", "left"):
        walk = kept(feet=feet)
        told = walk.entry["parameters"]
        keys = [(name, foot, key) for (name, kind, foot), key in KEYS.items() if kind == MEAN and key in told]
        assert len(keys) > 15
        for name, foot, key in keys:
            mean = walk_page_error.mean_of(walk_page_error.by_foot(walk, name), foot, name)
            assert mean is not None
            assert mean * GAIT[key].factor == pytest.approx(told[key]["value"], rel=2e-3), key


def test_errors_are_those_of_drawing_the_strides_again():
    walk = kept()
    errors = walk_page_error.standard_errors(walk)
    rng = np.random.default_rng(1)

    def again(name: str) -> dict[str, np.ndarray]:
        feet = walk_page_error.by_foot(walk, name)
        return {foot: rng.choice(x, (3000, len(x))) for foot, x in feet.items()}

    def near(key: str, drawn: np.ndarray) -> None:
        assert errors[key] == pytest.approx(drawn.std() * GAIT[key].factor, rel=0.08), key

    stance, swing, stride = again("stance_s"), again("swing_s"), again("stride_s")
    left, right = (stance[foot].mean(axis=1) for foot in FEET)
    near("left_gait_stance_time_s", left)
    near("gait_stance_time_s", (left + right) / 2)
    near("gait_stride_time_s", np.concatenate([stride[foot] for foot in FEET], axis=1).mean(axis=1))
    near("gait_stance_time_si_pct", (left - right) / ((left + right) / 2))
    near("gait_asymmetry_pct", 100 * np.log(swing["left"].mean(axis=1) / swing["right"].mean(axis=1)))
    sd = rng.normal(0, 1.0, (4000, 50)).std(axis=1, ddof=1)
    made = document()
    made["parameters"]["gait_stride_time_sd_s"] = {"value": 1.0, "unit": "s", "strides": 50}
    found = walk_page_error.standard_errors(kept(entry=made))["gait_stride_time_sd_s"]
    assert found == pytest.approx(sd.std(), rel=0.06)


def test_speed_is_of_bouts_of_like_length(no_pictures):
    made = document()
    count = 12
    made["strides"] = {
        "speed_mps": [0.6, 0.8] * (count // 2) + [1.0, 1.2] * (count // 2) + [9.0] * 3 + [None, 5.0],
        "excluded": [""] * (2 * count + 4) + ["turn"],
        "bout": [0] * count + [1] * count + [2] * 3 + [0, 0],
    }
    made["bouts"] = {"start_s": [0.0, 40.0, 90.0], "end_s": [20.0, 80.0, 95.0]}
    found = walk_page_error.speeds(kept(entry=made))
    sd = 0.1 * np.sqrt(count / (count - 1))
    for name, mean in (("bouts of 10 to 30 s", 0.7), ("bouts over 30 s", 1.1)):
        assert found[name] == pytest.approx((mean, sd / np.sqrt(count), count))
    made["bouts"]["end_s"][0] = 9.0
    assert list(walk_page_error.speeds(kept(entry=made))) == ["bouts over 30 s"]
    assert walk_page_error.speeds(failed()) == {}
    walk = kept()
    mean, error, count = walk_page_error.speeds(walk)["bouts over 30 s"]
    assert f"bouts over 30 s {mean:.2f} m/s \xb1 {error_text(error)} ({count} strides)." in Page(text_of(walk)).words


def test_heart_rate_where_a_strap_was_worn(no_pictures):
    made = document()
    made["heart"] = {"not_reported": "The strap <b> was asked for and said nothing"}
    assert "Heart rate: The strap <b> was asked for and said nothing." in Page(text_of(kept(entry=made))).words
    assert "Heart rate" not in Page(text_of(kept())).words


def test_no_error_without_strides():
    made = document()
    made["strides"] = {}
    assert not {
        key for key in walk_page_error.standard_errors(kept(entry=made)) if "_sd_" not in key and "_cv_" not in key
    }


@pytest.mark.parametrize(
    ("error", "text"), [(None, ""), (0.0, ""), (0.00123, "0.0012"), (0.096, "0.096"), (1.23, "1.2"), (123.4, "123")]
)
def test_errors_have_two_digits(error: float | None, text: str):
    assert error_text(error) == text


def test_histograms_hold_every_stride_and_lines_stand_at_the_means(drawn):
    walk = kept()
    assert walk_plots.distributions(walk, False)
    figure = drawn[0][0]
    axes = [ax for ax in figure.axes if ax.get_visible()]
    assert len(axes) == 4
    for ax, name in zip(axes, walk_plots.SPREAD, strict=True):
        values = walk_plots.in_units(walk, name)
        filled, left, right = ax.patches
        assert [int(one.get_data().values.sum()) for one in (left, right)] == [len(values[foot]) for foot in FEET]
        assert filled.get_data().values.tolist() == left.get_data().values.tolist()
        lines = [line.get_xdata()[0] for line in ax.lines]
        assert lines == pytest.approx([values[foot].mean() for foot in FEET])
        assert f"left {len(values['left'])}" in ax.get_title(loc="left")


def test_few_strides_are_dots(drawn):
    made = document()
    made["strides"] = {name: values[:12] for name, values in made["strides"].items()}
    assert walk_plots.distributions(kept(entry=made), False)
    ax = drawn[0][0].axes[0]
    values = walk_plots.in_units(kept(entry=made), "stride_s")
    assert [sorted(line.get_xdata()) for line in ax.lines] == [sorted(values[foot]) for foot in reversed(FEET)]


def test_curves_are_those_of_the_document(drawn):
    profiles = kept().entry["profiles"]
    profiles |= {"force_pct_bw": profiles.get("force_pct_bw") or profiles["force_n"]}
    assert walk_page_curves.forces(profiles, False, False)
    for ax, foot in zip(drawn[0][0].axes, FEET, strict=False):
        assert ax.lines[0].get_ydata().tolist() == profiles["force_pct_bw"][foot]["mean"]
    assert walk_page_curves.soles(profiles, True)
    figure, simulated = drawn[1]
    assert simulated
    for ax, foot in zip(figure.axes, FEET, strict=False):
        line = profiles["gait_line_mm"][foot]
        ml, ap = ax.lines[0].get_data()
        np.testing.assert_array_equal(ml, np.array(line["ml"], float))
        np.testing.assert_array_equal(ap, np.array(line["ap"], float))
        np.testing.assert_allclose(ax.lines[2].get_xdata(), ml + np.array(line["sd_ml"], float))
        assert f"n {line['n']}" in ax.get_title(loc="left")
    wings = profiles["butterfly"]
    assert len(figure.axes[2].lines[0].get_xdata()) == len(wings["ml_mm"]) + 1


def test_uncalibrated_forces_are_shares_of_the_highest_mean(no_pictures):
    made = document()
    force = {
        foot: {"mean": [0.0, peak, 100.0], "sd": [1.0] * 3, "n": 5} for foot, peak in zip(FEET, (400, 500), strict=True)
    }
    unit, feet = walk_page_curves.force_of({"force_n": force}, True)
    assert unit == "% of the highest mean"
    assert feet["left"]["mean"].tolist() == [0.0, 80.0, 20.0]
    assert walk_page_curves.force_of({"force_n": force}, False)[0] == "N"
    assert walk_page_curves.force_of({"force_pct_bw": force, "force_n": force}, True)[0] != "N"
    made["calibration"] = "none"
    made["weight"] = {
        "opening": {"mean_n": 711.0, "left_pct": 51.0}, "closing": {"mean_n": 690.0, "left_pct": 48.0},
        "drift_pct": -2.96,
    }  # fmt: skip
    words = Page(text_of(kept(entry=made))).words
    assert "Nominal calibration." in words
    assert "711 N" not in words
    assert "N/s" not in words
    assert "nothing is given in newtons" in words
    assert "51 % on the left foot" in words
    made["calibration"] = "c0ffee"
    text = text_of(kept(entry=made))
    assert "711 N, 51 % on the left foot" in Page(text).words
    assert (-2.96, "\u22123.0") in Page(text).data
    assert "Nominal calibration." not in text


def test_points_over_walks_have_the_numbers_and_their_errors(drawn):
    walks = [kept(20), kept(9), kept(2, said=Said(3, 1, 2))]
    walks[1].entry["parameters"]["gait_cadence_spm"]["value"] = 77.7
    errors = [walk_page_error.standard_errors(walk) for walk in walks]
    assert walk_plots.trend(walks, errors, False)
    axes = {ax.get_title(loc="left"): ax for ax in drawn[0][0].axes if ax.get_visible()}
    assert list(axes) == [
        "Walking speed",
        *(name for name, _ in walk_plots.TREND),
        "Steadiness, own rating",
        "Pain after the walk, own rating",
    ]
    cadence = axes["Cadence"]
    y = [walk.entry["parameters"]["gait_cadence_spm"]["value"] for walk in walks]
    assert cadence.lines[0].get_ydata().tolist() == y
    assert cadence.lines[0].get_xdata().tolist() == pytest.approx([0, 11, 18])
    bars = [segment for one in cadence.collections for segment in one.get_segments()]
    for bar, value, error in zip(bars, y, errors, strict=True):
        assert bar[:, 1] == pytest.approx(value + np.array((-1, 1)) * 1.96 * error["gait_cadence_spm"], abs=1e-4)
    pace = walk_page_error.speeds(walks[0])["bouts over 30 s"][0]
    assert axes["Walking speed"].lines[0].get_ydata().tolist() == [pace] * 3
    assert np.nan_to_num(axes["Steadiness, own rating"].lines[0].get_ydata(), nan=-1).tolist() == [-1, -1, 3]


def test_walks_without_a_date_stand_in_their_order():
    at, ticks, label = walk_plots.places([kept(3), kept(None, name="x"), kept(0)])
    assert at.tolist() == [1, 2, 3]
    assert label == "walk"
    assert [text for _, text in ticks] == ["1", "2", "3"]


def test_spreads_and_course_are_drawn_and_say_that_a_person_is_simulated(drawn):
    walks = [kept(3), kept(0)]
    assert walk_plots.spreads(walks, True)
    assert walk_plots.course(walks[0], True)
    assert [simulated for _, simulated in drawn] == [True, True]
    middle = drawn[0][0].axes[0].lines[2].get_ydata()
    assert middle == pytest.approx(np.median(walk_plots.in_units(walks[0], "stride_s")["left"]))
    nothing = failed()
    assert walk_plots.course(nothing, False) is None
    assert walk_plots.distributions(nothing, False) is None
    assert walk_plots.spreads([nothing], False) is None


def test_long_walks_are_thinned_and_open_where_nobody_walked():
    t = np.concatenate((np.arange(0, 5000.0), np.arange(6000.0, 9000.0)))
    shown, y = walk_plots._thinned(t, np.ones(len(t)))
    assert len(shown) <= walk_plots.MOST_POINTS + 2
    assert np.isnan(y).sum() == 1
    assert np.isnan(shown[np.searchsorted(np.nan_to_num(shown, nan=5500.0), 5500.0)])


def test_a_whole_page_of_three_walks_is_self_contained_and_judges_nothing(tmp_path: Path):
    walks = (kept(9, said=Said(3, 2, 3, 4)), failed(5), kept(2, said=Said(4, note="<script>alert(1)</script>")))
    goal = Goal("To the bakery <b>", "gait_distance_m", 800.0, "week")
    walker = Walker("P001", 0.9, 1.21, "2026-11-01T10:00:00Z", "full", "restricted", goal)
    text = text_of(*walks, walker=walker)
    found = Page(text)
    assert len(pictures(text)) == 6
    assert all(svg.startswith("<svg") and "<script" not in svg for svg in pictures(text))
    assert [tag for tag, _ in found.tags].count("script") == 1  # ours, that opens folded blocks for print
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert "<script>alert(1)</script>" in found.words
    words = found.words.lower()
    assert not [word for word in (*BANNED, *JUDGING) if word in words]
    assert "no change is judged here" in words
    assert "no verified figure of how much these numbers differ from day to day" in words
    assert "no steps were found." in words
    assert "left full, right restricted" in words
    assert "1.210, from a measured walk on 2026-11-01" in words
    assert "software 9.9" in words
    assert "firmware not stored with this walk" in words
    assert "calibration c0ffee" in words
    assert "samples of the waist sensor lost 3" in words


def test_the_same_walk_makes_the_same_bytes(no_pictures):
    assert text_of(kept(9), failed(5)) == text_of(kept(9), failed(5))


def test_the_same_curves_make_the_same_bytes():
    assert walk_plots.course(kept(), False) == walk_plots.course(kept(), False)


def test_ratings_stand_beside_the_measures_of_their_walk(no_pictures):
    made = document()
    made["wear"] = {
        "minutes": ["worn", "samples lost", "worn"], "worn_min": 2, "not_worn_min": {"samples lost": 1},
        "day_counts_from_h": 12.0, "day_counts": False,
    }  # fmt: skip
    made["weight"] = {"opening": {"absent": "Nobody stood."}, "closing": {"absent": "Nobody stood."}, "drift_pct": None}
    text = text_of(kept(3, name="a-1"), kept(1, said=Said(2, 0, 5, 6, "It rained", BUTTON), entry=made))
    row = next(row for row in re.findall(r"<tr>.*?</tr>", text) if "It rained" in row)
    cells = [" ".join(Page(cell).text.split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
    speed, uneven = (made["parameters"][key]["value"] for key in ("gait_speed_mps", "gait_asymmetry_pct"))
    assert cells[:5] == ["2026-11-25 10:00", "2", "0", "5", "6"]
    assert cells[5].startswith(f"{speed:.2f} \xb1 ")
    assert cells[6].startswith(f"{uneven:.1f} \xb1 ")
    assert cells[7:] == ["2 of 3", "\u2013", "0.0", "by button; It rained"]
    words = Page(text).words
    assert "not said" in words
    assert "Worn in 2 of 3 minutes; 1: samples lost." in words
    assert "Standing still before the walk: Nobody stood." in words
    assert "Drift over the walk: not known." in words
    assert "0 of 2 days were worn for 12 h or more." in words


def test_a_document_without_curves_wear_weight_or_strides_stands():
    made = document()
    for key in ("profiles", "wear", "weight", "strides", "bouts", "pauses", "turns", "lost_rows", "by", "also"):
        made.pop(key, None)
    words = Page(text_of(kept(entry=made))).words
    assert "Gait line and butterfly: not drawn" in words
    assert "Wear was not told" in words
    assert "No weight check" in words
    assert "Bouts" not in words.replace("Bouts of", "")


def test_one_insole_and_insoles_alone_say_what_they_cannot_tell():
    for feet, said in (("left", "Right foot: stance"), ("insoles", "Turns are not known from this recording")):
        text = text_of(kept(feet=feet))
        assert said in Page(text).words
        shown = pictures(text)
        assert len(shown) == 4
        assert ("Right: not known" in "".join(shown)) == (feet == "left")


def test_too_few_lengths_make_no_distance_walk_by_walk(no_pictures):
    walk = lengths_of_few(kept(0))
    text = text_of(kept(3, name="a-1"), walk)
    assert "445" not in text
    table = text.split("<h2>Walk by walk</h2>")[1]
    assert 2.6 not in values_of(table)
    assert "Too few strides&#39; lengths are known." in table


def test_turns_and_pauses_and_checks_are_listed(no_pictures):
    made = document()
    made["turns"] = [{"begin_s": 1.0, "end_s": 2.5, "angle_deg": 90.0}] * 13 + [
        {"begin_s": 9.0, "end_s": 9.9, "angle_deg": -45.0}
    ]
    made["pauses"] = {"begin_s": [5.0, 9.0], "end_s": [8.5, 10.0], "ended": [True, False], "lost": [False, True]}
    check = ScaleCheck("2026-11-20T08:00:00Z", "b0a7", 700.0, 665.0)
    words = Page(text_of(kept(entry=made), walker=Walker("P001", checks=(check,)))).words
    assert "14 turns, 13 to the left and 1 to the right." in words
    assert "2 later ones are in the walk's document." in words
    assert "5.0 3.5 ends a bout" in words
    assert "9.0 1.0 samples were lost in it" in words
    assert "2026-11-20 08:00 b0a7 700 665 \u22125.0" in words


@pytest.mark.parametrize("hostile", HOSTILE[:4])
def test_notes_problems_and_devices_are_text(hostile: str, no_pictures):
    made = document()
    made["notes"], made["device"], made["not_reported"] = [hostile], hostile, {"gait_turns": hostile}
    walk = kept(0, said=Said(note=hostile), entry=made)
    found = Page(text_of(failed(3), walk))
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert "b" not in [tag for tag, _ in found.tags]
    assert found.words.count(" ".join(hostile.split())) >= 3


def test_a_walk_by_name_and_none_of_that_name(no_pictures):
    walks = (kept(9, name="a-1"), kept(2, name="a-2"), failed(1, "a-3"))
    assert "Walk of 2026-11-24 10:00" in Page(text_of(*walks)).words
    assert "Walk of 2026-11-17 10:00" in Page(text_of(*walks, name="a-1")).words
    with pytest.raises(SurefootError, match="no walk 'b-1': the last ones are a-1, a-2"):
        text_of(*walks, name="b-1")
    with pytest.raises(SurefootError, match="'a-3' has no numbers: No steps were found"):
        text_of(*walks, name="a-3")
    assert "No walk could be analysed yet" in Page(text_of(failed())).words


def test_a_simulated_walk_is_said_to_be(no_pictures):
    made = document()
    made["device"] = f"{VIRTUAL_ID}0"
    assert "Simulated person." in Page(text_of(kept(entry=made))).words
    assert "Simulated person." not in Page(text_of(kept())).words


def stored(data: Path, *names: str) -> None:
    about = {"created_utc": "2026-11-26T12:00:00Z", "versions": VERSIONS, "fetched_utc": "2026-11-26T12:00:00Z"}
    for days, name in enumerate(reversed(names)):
        keep_walk(data, "P001", name, whole([dict(kept(days).entry)], [], about))


def test_the_command_writes_both_pages_of_what_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str], no_pictures):
    stored(tmp_path, "b0a7-00001", "b0a7-00002")
    keep_said(tmp_path, "P001", "b0a7-00002", Said(5, note="Sunny & dry"))
    keep_walker(tmp_path, Walker("P001", goal=Goal("Dance", "gait_steps", 50.0, "walk")))
    assert cli.main(["walk", "pages", "--person", "P001", "--data", str(tmp_path)]) == 0
    folder = tmp_path / "walks" / "P001"
    out = capsys.readouterr().out
    assert str(folder / "patient.html") in out
    assert str(folder / "therapist.html") in out
    patient, therapist = (Page((folder / name).read_text()) for name in ("patient.html", "therapist.html"))
    assert "\u201cDance\u201d" in patient.words
    assert "You gave it 5 of 5." in patient.words
    assert "Sunny & dry" in therapist.words
    assert "Numpy 8.8" in therapist.words
    assert len(walks_of(tmp_path, "P001")) == 2
    other = tmp_path / "elsewhere"
    words = ["walk", "pages", "--person", "P001", "--data", str(tmp_path), "--out", str(other), "--json"]
    assert cli.main([*words, "--walk", "b0a7-00001"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "patient": str(other / "patient.html"), "therapist": str(other / "therapist.html"), "problems": [],
    }  # fmt: skip


def test_what_was_said_and_can_not_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], no_pictures):
    stored(tmp_path, "b0a7-00001", "b0a7-00002")
    (tmp_path / "walks" / "P001" / "b0a7-00002.said.json").write_text("{half")
    words = ["walk", "pages", "--person", "P001", "--data", str(tmp_path), "--walk"]
    assert cli.main([*words, "last"]) == 0, "as `walk sync --of` has it"
    out, err = capsys.readouterr()
    assert "b0a7-00002.said.json isn't the JSON of what a person said of a walk" in err
    assert "therapist.html" in out
    assert cli.main([*words, "00001", "--json"]) == 0
    assert "said.json" in json.loads(capsys.readouterr().out)["problems"][0]
    patient = Page((tmp_path / "walks" / "P001" / "patient.html").read_text()).words
    assert "What you told us of this walk can't be read" in patient
    assert "You have not told us yet" not in patient
    assert "json" not in patient


def test_nobody_and_names_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["walk", "pages", "--person", "P002", "--data", str(tmp_path)]) == 1
    assert "No walk of P002 is kept in" in capsys.readouterr().err
    assert cli.main(["walk", "pages", "--person", "Jane Doe", "--data", str(tmp_path)]) == 1
    assert not list(tmp_path.iterdir())
    stored(tmp_path, "b0a7-00001")
    with pytest.raises(SurefootError, match="No walk of P001 is named 'nine'"):
        write_pages(tmp_path, "P001", tmp_path / "new", NOW, "nine")
    assert not (tmp_path / "new").exists() or not list((tmp_path / "new").iterdir())
