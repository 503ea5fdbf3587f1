# SPDX-License-Identifier: MIT
"""Data outlives code: one old sample of every format is read to this day, to the last count."""

from __future__ import annotations

import json

import pytest

from golden import FOLDER, SUMS, digest, measures_of, summary
from surefoot import calibration, wire
from surefoot.care.protocol import load_protocol
from surefoot.clinic import byhand
from surefoot.measures.processing import METHOD_VERSION
from surefoot.output.report import render_report
from surefoot.output.result import read_result
from surefoot.recording import read


def test_nobody_changed_a_golden_file():
    lines = [line.split("  ", 1) for line in SUMS.read_text().splitlines()]
    here = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file() and path != SUMS}
    assert {name for _, name in lines} == here
    assert [name for told, name in lines if digest((FOLDER / name).read_bytes()) != told] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("recording-*.sfr")), ids=lambda path: path.stem)
def test_an_old_recording_decodes_to_the_same_counts(path):
    told = json.loads(path.with_suffix(".json").read_text())
    assert json.loads(json.dumps(summary(read(path)))) == told


@pytest.mark.parametrize("path", sorted(FOLDER.glob("calibration-*.json")), ids=lambda path: path.stem)
def test_an_old_calibration_record_loads(path):
    record = calibration.load(path)
    assert record.id == json.loads(path.read_text())["id"]
    assert not record.nominal


def test_the_present_version_of_a_record_has_a_sample_with_every_field_in_use():
    raw = json.loads((FOLDER / f"calibration-{calibration.RECORD}.json").read_text())
    assert calibration.to_dict(calibration.check(raw)) == raw
    left_empty = [key for key, value in walk(raw) if value in (None, "", [], {})]
    # A cell without a curve and leans that showed all there was are cases of their own.
    assert left_empty == ["cells.curves.15", "made.insole.residuals.not_fitted"]


def walk(value, path: str = ""):
    """Every place of a JSON value that holds no other, by its path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        if isinstance(item, dict | list) and item:
            yield from walk(item, f"{path}{key}.")
        else:
            yield f"{path}{key}", item


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("protocol-*/*.toml")), ids=lambda path: f"{path.parent.name} {path.stem}"
)
def test_an_old_protocol_loads(path):
    protocol = load_protocol(path)
    ids = {
        "quiet-stance": ["eyes-open", "eyes-closed"],
        "sppb": ["side-by-side", "semi-tandem", "tandem", "walk", "chair-stands"],
    }
    assert [condition.id for condition in protocol.conditions] == ids[path.stem]
    first = protocol.conditions[0]
    assert (first.kind, first.vision, first.hold_s) == ("hold", "open", {"quiet-stance": 30, "sppb": 10}[path.stem])
    assert {rule.mark for rule in protocol.safety.stop_rules} <= {mark.id for mark in protocol.marks}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("result-*.json")), ids=lambda path: path.stem)
def test_an_old_result_is_read_and_still_makes_a_page(path):
    result = read_result(path)
    assert result["person"] == "TRUTH"
    page = render_report(result)
    assert f"{result['trials'][0]['measures']['cop_velocity_mmps']['value']:.1f}" in page


@pytest.mark.parametrize("path", sorted(FOLDER.glob("measures-*.csv")), ids=lambda path: path.stem)
def test_an_old_file_gives_the_same_measures_until_their_version_goes_up(path, tmp_path):
    old, new = json.loads(path.with_suffix(".json").read_text()), json.loads(measures_of(path, tmp_path))
    assert (old["format"], old["kind"]) == (new["format"], new["kind"]) == (1, "surefoot-measures")
    (before,), (now,) = old["trials"], new["trials"]
    assert set(now["measures"]) | set(now["not_reported"]) >= set(before["measures"])
    for key, entry in before["measures"].items():
        again = now["measures"][key]
        assert again["unit"] == entry["unit"]
        if again["fingerprint"] == entry["fingerprint"]:
            assert again["value"] == pytest.approx(entry["value"], rel=1e-9, abs=1e-12), key
        else:
            assert f"/v{METHOD_VERSION}" in again["fingerprint"]
            assert f"/v{METHOD_VERSION}" not in entry["fingerprint"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("by-hand-*.hand.json")), ids=lambda path: path.stem)
def test_an_old_trial_by_hand_is_read(path):
    document = byhand.read(path)
    done = byhand.done_in(document, load_protocol(document["protocol"]["id"]))
    assert (document["person"], done.typed["elapsed_s"], done.by_hand, done.watched) == ("TRUTH", 14.2, True, True)
    assert [given.mark for given in done.marks][:2] == ["stood", "finish"]


def test_the_wire_has_not_changed_without_a_new_version():
    assert (FOLDER / f"wire-{wire.VERSION}.schema").read_bytes() == wire.schema_frame()
