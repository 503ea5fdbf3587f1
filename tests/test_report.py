# SPDX-License-Identifier: MIT
"""The report and result.json: numbers as given, nothing invented, nothing fetched, the same bytes each time."""

import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages import HOSTILE, Page, pictures
from surefoot.care.protocol import load_protocol, protocol_summary
from surefoot.care.score import balance_score, romberg_quotients
from surefoot.measures import MEASURES
from surefoot.measures.sway import prediction_ellipse_m2
from surefoot.output.plots import ellipse_outline, panel, sway_plot
from surefoot.output.report import render_report, write_report
from surefoot.output.result import ResultError, plain_result, read_result, write_result
from surefoot.output.wording import unit_text

NO_PLACEMENT = "The placement of the feet was not stored: type heel distance and angle next time."


def made(placement: bool = True, trials: int = 1, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any] | None]]:
    """A result of `trials` trials per condition, every measure different, and its series."""
    protocol = load_protocol("quiet-stance")
    rng = np.random.default_rng(11)
    entries, series = [], []
    for number, condition in enumerate(protocol.conditions):
        for trial in range(1, trials + 1):
            measures: dict[str, Any] = {}
            missing: dict[str, str] = {}
            for key, row in MEASURES.items():
                if key.startswith("romberg"):
                    continue
                if key.startswith("cop_") and "_ap_" not in key and not placement:
                    missing[key] = NO_PLACEMENT
                    continue
                value = float(rng.uniform(1, 9))
                measures[key] = {"value": value, "unit": row.unit, "fingerprint": "bw4z10/100Hz/trim3/v1/A7"}
            entry = {"condition": condition.id, "surface": "firm", "trial": trial, "recording": f"{number}-{trial}.sfr"}
            entry |= {"duration_s": 30.02, "held_s": 30.0, "target_s": 30.0, "ended": "complete", "lost_share": 0.004}
            entry |= {"measures": measures, "not_reported": missing, "warnings": [], "cop_noise_mm": 0.31}
            entry |= {
                "lost": {
                    "cells": {"expected": 3002, "lost": 12, "causes": {"late": 5, "link": 7}},
                    "imu": {"expected": 3122, "lost": 0, "causes": {}},
                },
                "clock": {"offset_s": 1.5, "skew_ppm": -23.4, "bound_s": 0.0012},
                "calibration": {"id": "A7", "nominal": False},
            }
            entries.append(entry)
            t_s = np.arange(0, 30, 0.04)
            wander = rng.normal(size=(4, len(t_s))).cumsum(axis=1)
            columns = dict(zip(("cop_ml_mm", "cop_ap_mm", "acc_ml_ms2", "acc_ap_ms2"), wander, strict=True))
            columns["cop_ap_mm"][300:310] = np.nan
            if not placement:
                del columns["cop_ml_mm"]
            series.append({"t_s": t_s} | columns)
    result = {
        "person": "P-07",
        "protocol": protocol_summary(protocol),
        "created_utc": "2025-03-04T05:06:07Z",
        "simulated": False,
        "placement": {"heel_distance_mm": 170.0, "foot_angle_deg": 7.0} if placement else None,
        "trials": entries,
        "comparisons": romberg_quotients(protocol, entries),
        "score": balance_score(protocol, entries),
        "versions": {"software": "0.1.0", "firmware": "0.1.0", "numpy": "2.0.0"},
    }
    return result | more, series


# Numbers


def test_every_number_given_is_printed_as_given() -> None:
    result, series = made()
    page = Page(render_report(result, series))
    given = [(key, e["value"]) for trial in result["trials"] for key, e in trial["measures"].items()]
    given += [(key, entry["value"]) for key, entry in result["comparisons"].items()]
    assert len(page.data) == len(given)
    shown = dict(page.data)
    for key, value in given:
        assert shown[value] == f"{value:.{MEASURES[key].decimals}f}"


def test_each_number_stands_in_its_row_and_column_with_its_unit() -> None:
    result, _ = made()
    text = render_report(result)
    for key in ("cop_velocity_mmps", "cop_area_95_mm2", "trunk_jerk_m2ps5", "right_cop_range_ap_mm", "load_left_share"):
        row = re.search(rf"<tr[^>]*><th scope=\"row\">{re.escape(MEASURES[key].label)}[ (]*[^,<]*</th>(.*?)</tr>", text)
        assert row
        assert f"<td>{unit_text(MEASURES[key].unit)}</td>" in row[1]
        values = [float(value) for value in re.findall(r'<data value="([^"]+)"', row[1])]
        assert values == [trial["measures"][key]["value"] for trial in result["trials"]]


def test_units_as_people_write_them() -> None:
    assert [unit_text(unit) for unit in ("mm2", "m2/s5", "m/s2", "mm2/s", "deg", "1", "%", "Hz", "{score}")] == [
        "mm\u00b2", "m\u00b2/s\u2075", "m/s\u00b2", "mm\u00b2/s", "\u00b0", "", "%", "Hz", "",
    ]  # fmt: skip


def test_score_stands_with_its_components_error_and_label() -> None:
    result, series = made()
    words = Page(render_report(result, series)).words
    score = result["score"]
    assert f"Balance score {score['value']:.0f} of 100 MDC about 7: two scores less than 7 points apart" in words
    assert "own-baseline index, not a clinical score" in words
    for component in score["components"]:
        for key, decimals in (("tilt_range_deg", 2), ("q", 3), ("share", 3), ("cop_velocity_mmps", 1)):
            assert f"{component[key]:.{decimals}f}" in words
    assert words.index("of 30 s held") < words.index("sway velocity") < words.index("Balance score")
    assert not re.search(r"\b(SOT|NeuroCom|improved|declined|better|worse)\b", words)
    assert not re.search(r"diagnos|predict(?!ion ellipse)|prescri", words)


def test_missing_score_says_why() -> None:
    result, series = made()
    result["trials"][1] |= {"ended": "interrupted", "held_s": 11.0}
    protocol = load_protocol("quiet-stance")
    result["score"] = balance_score(protocol, result["trials"])
    result["comparisons"] = romberg_quotients(protocol, result["trials"])
    words = Page(render_report(result, series)).words
    assert result["score"]["value"] is None
    assert result["score"]["reason"] in words
    assert "11.0 of 30 s held" in words
    assert "the recording was interrupted" in words
    assert "'Eyes closed', trial 1, was not held to the end" in words
    assert "1 of 2 trials were held to the end" in words


def test_missing_values_are_shown_with_their_reason() -> None:
    result, series = made(placement=False)
    text = render_report(result, series)
    words = Page(text).words
    assert NO_PLACEMENT in words
    assert "Foot placement was not stored" in words
    row = re.search(r"Sway area, 95 % prediction ellipse</th>(.*?)</tr>", text)
    assert row
    assert row[1].count("not reported, see note 1") == 2
    assert "<data" not in row[1]
    assert "Sway area: not drawn" in words
    assert "Sway velocity, forward and back" in words
    assert len(pictures(text)) == 2


def test_several_trials_keep_their_columns() -> None:
    result, series = made(trials=3)
    page = Page(render_report(result, series))
    assert "Eyes closed, trial 3" in page.words
    values = [trial["measures"]["cop_velocity_mmps"]["value"] for trial in result["trials"][:3]]
    assert f"{float(np.exp(np.mean(np.log(values)))):.1f} mm/s sway velocity" in page.words
    assert "geometric mean of 3 trials" in page.words


def test_a_condition_that_is_missing_is_not_held_to_the_end() -> None:
    result, series = made()
    assert "Every trial was held to the end." in Page(render_report(result, series)).words
    gone = result["trials"][-1]["condition"]
    kept = [k for k, trial in enumerate(result["trials"]) if trial["condition"] != gone]
    result["trials"] = [result["trials"][k] for k in kept]
    words = Page(render_report(result, [series[k] for k in kept])).words
    assert "Every trial was held to the end." not in words
    assert "others are missing" in words


def test_what_was_lost_and_how_it_was_made() -> None:
    result, series = made(problems=["09-eyes-open.sfr: It is empty: record again."])
    result["trials"][0]["warnings"] = ["Cell R3 never changed; it is left out."]
    for trial in result["trials"]:
        trial["warnings"].append("The battery is low: charge it.")
    words = Page(render_report(result, series)).words
    assert "3002 12 0.40 % late 5, link 7" in words
    assert "3122 0 0.00 % nothing was lost" in words
    assert "\u221223.4 ppm, known within 1.2 ms" in words
    assert "0.31 mm" in words
    assert "Eyes open: Cell R3 never changed" in words
    assert words.count("The battery is low") == 1
    assert "Every trial: The battery is low" in words
    assert "Not scored: 09-eyes-open.sfr" in words
    assert "software 0.1.0, firmware 0.1.0, numpy 2.0.0" in words
    assert "bw4z10/100Hz/trim3/v1/A7" in words
    assert "Not a medical device. Surefoot measures and suggests; a clinician decides." in words


def test_nominal_calibration_is_said_and_shows_no_newtons() -> None:
    result, series = made()
    for trial in result["trials"]:
        trial["calibration"] = {"id": "nominal", "nominal": True}
        trial["measures"]["load_total_n"] = {"value": 712.25, "unit": "N", "fingerprint": "x"}
    words = Page(render_report(result, series)).words
    assert "Nominal calibration." in words
    assert "712" not in words
    assert "No newtons are shown with the nominal calibration." in words
    for trial in result["trials"]:
        trial["calibration"] = {"id": "A7", "nominal": False}
    words = Page(render_report(result, series)).words
    assert "Nominal" not in words
    assert "712" in words


def test_simulated_is_flagged_on_page_and_pictures() -> None:
    result, series = made(simulated=True)
    text = render_report(result, series)
    assert "Simulated person." in Page(text).words
    assert "(simulated)</title>" in text
    assert all("simulated person" in picture for picture in pictures(text))
    result["simulated"] = False
    text = render_report(result, series)
    assert "imulated" not in text
    assert not [picture for picture in pictures(text) if "imulated" in picture]


# Safety of the page


@pytest.mark.parametrize("code", HOSTILE)
def test_any_person_code_is_shown_as_it_is_and_never_run(code: str) -> None:
    result, series = made(person=code)
    text = render_report(result, series)
    page = Page(text)
    assert f"<bdi>{html.escape(code, quote=False)}</bdi>".replace("'", "&#39;").replace('"', "&#34;") in text
    assert code in page.text
    plain = Page(render_report(made()[0], series))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]


def test_hostile_text_elsewhere_is_escaped() -> None:
    result, series = made()
    bad = "<script>alert(2)</script>"
    result["trials"][0] |= {"warnings": [bad], "recording": bad, "surface": bad, "ended": bad, "condition": bad}
    result["trials"][0]["not_reported"] = {bad: bad}
    result["versions"][bad] = bad
    text = render_report(result, series)
    assert "alert(2)</script>" not in text
    assert not any("alert(2)</script>" in picture or "<script" in picture for picture in pictures(text))


def test_characters_that_html_cant_hold() -> None:
    text = render_report(made(person="a\x00b\x1b\ud800c")[0])
    assert "<bdi>a\ufffdb\ufffd\ufffdc</bdi>" in text
    text.encode("utf-8")


def test_nothing_is_fetched() -> None:
    result, series = made()
    text = render_report(result, series)
    page = Page(text)
    assert not re.search("https?:", text)
    assert "//" not in re.sub(r"base64,[^\"]+", "", text)
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "audio", "video", "base", "form"}
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "xlink:href"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    assert "default-src 'none'" in text
    for picture in pictures(text):
        links = set(re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', picture))
        assert all((one or other).startswith("#") for one, other in links)


def test_the_only_script_is_the_one_allowed() -> None:
    from base64 import b64encode
    from hashlib import sha256

    text = render_report(made()[0])
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in text


def test_pictures_have_words_and_tables_have_heads() -> None:
    text = render_report(*made())
    page = Page(text)
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    assert '<html lang="en">' in text


# Pictures and files


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        result, series = made()
        write_report(result, series, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.parametrize("size", [20, 750])
def test_drawn_ellipse_has_the_area_that_is_reported(size: int) -> None:
    points = np.random.default_rng(3).normal(size=(size, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]])
    ml, ap = ellipse_outline(points[:, 0], points[:, 1])
    drawn = 0.5 * abs(np.sum(ml[:-1] * ap[1:] - ml[1:] * ap[:-1]))
    assert drawn == pytest.approx(prediction_ellipse_m2(points), rel=1e-3)


def test_drawn_ellipse_leans_with_the_points() -> None:
    along = np.linspace(-1, 1, 200)
    ml, ap = ellipse_outline(along + 5, 2 * along)
    tip = int(np.argmax(ap))
    assert (ml[tip] - 5) * ap[tip] > 0
    assert ml.mean() == pytest.approx(5, abs=0.05)


def short(t_s: list[float], value: float) -> dict[str, Any]:
    keys = ("cop_ml_mm", "cop_ap_mm", "acc_ml_ms2", "acc_ap_ms2")
    return {"t_s": t_s} | {key: [value] * len(t_s) for key in keys}


@pytest.mark.parametrize(
    "columns",
    [short([0.0], 1.0), short([0.0, 1.0], 1.0), short([0.04 * i for i in range(200)], 0.0), short([0.0, 9.0], np.nan)],
    ids=["one sample", "shorter than the trim", "a dead weight", "all lost"],
)
def test_poor_series_are_drawn_or_left_out(columns: dict[str, Any]) -> None:
    result, series = made()
    for both in ([columns, columns], [columns, series[1]], [columns, None]):
        assert render_report(result, both)


def test_no_series_no_pictures() -> None:
    result, _ = made()
    text = render_report(result)
    assert not pictures(text)
    assert "Stabilogram: not drawn" in Page(text).words


def test_foot_outlines_where_the_foot_length_is_known() -> None:
    result, series = made()
    assert "on the feet" not in pictures(render_report(result, series))[0]
    result["placement"]["foot_length_mm"] = 265.0
    assert "on the feet" in pictures(render_report(result, series))[0]


def test_series_must_match_the_trials() -> None:
    result, series = made()
    with pytest.raises(ResultError, match="1 series for 2 trials"):
        render_report(result, series[:1])


def test_report_that_cant_be_written(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="choose a folder you may write to"):
        write_report(*made(), tmp_path / "none" / "report.html")


def test_result_round_trip_without_series(tmp_path: Path) -> None:
    result, series = made(person="\u041e\u043b\u044c\u0433\u0430")
    for trial, columns in zip(result["trials"], series, strict=True):
        trial["series"] = columns
    result["trials"][0]["measures"]["cop_velocity_mmps"]["value"] = np.float64(9.875)
    path = tmp_path / "result.json"
    write_result(result, path)
    read = read_result(path)
    assert read == json.loads(json.dumps(plain_result(result)))
    assert read["trials"][0]["measures"]["cop_velocity_mmps"] == result["trials"][0]["measures"]["cop_velocity_mmps"]
    assert (read["format"], read["kind"], read["person"]) == (1, "surefoot-result", "\u041e\u043b\u044c\u0433\u0430")
    assert "series" not in read["trials"][0]
    assert "\u041e\u043b\u044c\u0433\u0430".encode() in path.read_bytes()
    assert render_report(read) == render_report(result)
    before = path.read_bytes()
    write_result(read, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.nan])
def test_result_refuses_what_is_no_number(tmp_path: Path, value: float) -> None:
    result, _ = made()
    result["trials"][1]["measures"]["cop_velocity_mmps"]["value"] = value
    with pytest.raises(ResultError, match=r"result\.trials\[2\]\.measures\.cop_velocity_mmps\.value is (nan|inf)"):
        write_result(result, tmp_path / "result.json")
    assert not list(tmp_path.iterdir())


def test_result_that_cant_be_written(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="choose a folder"):
        write_result(made()[0], tmp_path / "none" / "result.json")
    with pytest.raises(ResultError, match="letters and digits"):
        write_result(made(person="\ud800")[0], tmp_path / "result.json")
    with pytest.raises(ResultError, match=r"result\.odd is a set"):
        write_result(made(odd={1})[0], tmp_path / "result.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "isn't the JSON of a result"),
        ("{", "isn't the JSON of a result"),
        ('{"kind": "surefoot-result", "format": NaN}', "NaN is not a number"),
        ("[]", "isn't a result of Surefoot"),
        ('{"kind": "other"}', "isn't a result of Surefoot"),
        ('{"kind": "surefoot-result", "format": 9}', "result format 9, and this Surefoot reads 1"),
        ('{"kind": "surefoot-result", "format": 1, "person": "P"}', "lacks protocol, created_utc"),
    ],
)
def test_files_that_are_no_result(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(ResultError, match=re.escape(said)):
        read_result(path)
    with pytest.raises(ResultError, match="can't be read"):
        read_result(tmp_path / "nowhere.json")


def test_what_is_left_out_at_the_end_is_not_in_the_drawn_ellipse() -> None:
    t_s = np.arange(0, 20, 0.04)
    ml, ap = np.sin(t_s), np.cos(1.3 * t_s)
    fallen = {"t_s": t_s, "cop_ml_mm": np.where(t_s < 17, ml, 90.0), "cop_ap_mm": ap}
    cut = panel("cut", fallen | {"until_s": 17.0}, 3.0)
    assert cut.analysed.sum() == ((t_s >= 3) & (t_s < 17)).sum()
    assert panel("whole", fallen, 3.0).analysed.sum() == (t_s >= 3).sum()
    picture = sway_plot([cut], False)
    assert picture == sway_plot([panel("cut", {**fallen, "cop_ml_mm": ml, "until_s": 17.0}, 3.0)], False)
    assert picture != sway_plot([panel("cut", fallen, 3.0)], False)
