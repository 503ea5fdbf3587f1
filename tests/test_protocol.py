# SPDX-License-Identifier: MIT
"""Protocols: the shipped ones are whole and safe, and every mistake is answered with file, field and remedy."""

import csv
import dataclasses
import re
import tomllib
from math import exp, log, sqrt
from pathlib import Path

import pytest

from surefoot.care.protocol import load_protocol, parse_protocol, protocol_names, protocol_summary
from surefoot.errors import ProtocolError
from surefoot.measures import MEASURES, Processing
from surefoot.resources import data_dir

QUIET = (data_dir("protocols") / "quiet-stance.toml").read_text("utf-8")
FORBIDDEN = ("diagnos", "predict", "prescri", "neurocom")


def changed(old: str, new: str) -> str:
    assert old in QUIET
    return QUIET.replace(old, new, 1)


def refusal(text: str, name: str = "quiet-stance.toml") -> str:
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(text, Path(name))
    message = str(caught.value)
    assert name in message
    assert "\n" not in message
    return message


def test_quiet_stance_as_shipped() -> None:
    protocol = load_protocol("quiet-stance")
    assert [condition.id for condition in protocol.conditions] == ["eyes-open", "eyes-closed"]
    assert [condition.vision for condition in protocol.conditions] == ["open", "closed"]
    assert {condition.surface for condition in protocol.conditions} == {"firm"}
    for condition in protocol.conditions:
        assert condition.hold_s == 30
        assert condition.cues.countdown == ("3", "2", "1")
        assert condition.hold_s - protocol.analysis.trim_s >= 25
    assert (protocol.analysis.trim_s, protocol.analysis.filter_hz, protocol.analysis.order) == (3, 10, 4)
    assert protocol.analysis.trunk_filter_hz == 3.5
    assert protocol.primary_measure in MEASURES
    assert protocol.placement is not None
    assert protocol.placement.heel_distance_mm == 170


def test_its_analysis_can_be_run() -> None:
    analysis = load_protocol("quiet-stance").analysis
    made = Processing(analysis.filter_hz, analysis.order, analysis.trim_s).fingerprint(100.0)
    assert made.startswith("bw4z10/100Hz/trim3/")


def test_it_says_how_to_guard_and_when_to_stop() -> None:
    safety = load_protocol("quiet-stance").safety
    guarding = " ".join(safety.guarding)
    assert "beside and slightly behind" in guarding
    assert "chair in front" in guarding
    assert any("step" in rule.text for rule in safety.stop_rules)
    assert safety.do_not_start


@pytest.mark.parametrize("name", protocol_names())
def test_every_shipped_protocol(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.id == name
    assert all(source.certainty in "VRD" for source in protocol.sources)
    text = (data_dir("protocols") / f"{name}.toml").read_text("utf-8").lower()
    assert not [word for word in FORBIDDEN if word in text]


def test_values_are_frozen() -> None:
    protocol = load_protocol("quiet-stance")
    with pytest.raises(dataclasses.FrozenInstanceError):
        protocol.version = "2.0.0"  # pyright: ignore[reportAttributeAccessIssue]
    hash(protocol)


@pytest.mark.parametrize("name", protocol_names())
def test_nothing_in_the_file_is_dropped(name: str) -> None:
    def compare(document, value) -> None:
        if isinstance(document, dict):
            for key, item in document.items():
                if key != "format":
                    compare(item, getattr(value, key))
        elif isinstance(document, list):
            assert len(document) == len(value)
            for one, other in zip(document, value, strict=True):
                compare(one, other)
        else:
            assert document == value

    compare(tomllib.loads((data_dir("protocols") / f"{name}.toml").read_text("utf-8")), load_protocol(name))


def test_format_1_is_read_as_before() -> None:
    """The old file and the new are the same test: only what format 1 left unsaid is new."""
    old = load_protocol(Path(__file__).parent / "golden" / "protocol-1" / "quiet-stance.toml")
    new = load_protocol("quiet-stance")
    for one, other in zip(old.conditions, new.conditions, strict=True):
        assert one == other
    assert (old.id, old.version, old.analysis, old.footwear, old.measurement_error) == (
        new.id,
        new.version,
        new.analysis,
        new.footwear,
        new.measurement_error,
    )
    assert old.safety.guarding == new.safety.guarding
    assert "Eyes open during a trial with eyes closed." in map(str, old.safety.stop_rules)
    assert {rule.mark for rule in old.safety.stop_rules} == {"stop"}
    assert set(old.detectors_of(old.conditions[0])) == set(new.detectors_of(new.conditions[0]))


def test_a_mistake_in_a_format_1_file_is_named_and_its_wording_is_not_judged() -> None:
    text = (Path(__file__).parent / "golden" / "protocol-1" / "quiet-stance.toml").read_text("utf-8")
    assert "lacks 'hold_s'" in refusal(text.replace("hold_s = 30\n", "", 1))
    assert "must be a list" in refusal(re.sub(r"(?s)stop_rules = \[.*?\n\]", 'stop_rules = "none"', text))
    parse_protocol(text.replace("please do not talk", "do not talk (please)"), Path("quiet-stance.toml"))


def test_summary_is_plain_and_holds_what_a_report_needs() -> None:
    summary = protocol_summary(load_protocol("quiet-stance"))
    assert summary["id"] == "quiet-stance"
    assert [condition["title"] for condition in summary["conditions"]] == ["Eyes open", "Eyes closed"]
    assert summary["analysis"]["trim_s"] == 3
    assert {entry["measure"] for entry in summary["measurement_error"]} == {"cop_velocity_mmps", "cop_area_95_mm2"}


def test_condition_by_id() -> None:
    protocol = load_protocol("quiet-stance")
    assert protocol.condition("eyes-closed").vision == "closed"
    with pytest.raises(ProtocolError, match=r"no condition 'tandem': use one of eyes-open, eyes-closed"):
        protocol.condition("tandem")


def test_unknown_protocol_names_those_available() -> None:
    with pytest.raises(ProtocolError, match=r"no protocol 'quiet-stanse'.*quiet-stance"):
        load_protocol("quiet-stanse")


@pytest.mark.parametrize("name", ["", "../quiet-stance", ".", "schema", "*"])
def test_odd_names_are_unknown(name: str) -> None:
    with pytest.raises(ProtocolError, match="no protocol"):
        load_protocol(name)


def test_by_path(tmp_path: Path) -> None:
    path = tmp_path / "my-stance.toml"
    path.write_text(changed('id = "quiet-stance"', 'id = "my-stance"'), "utf-8")
    assert load_protocol(path).id == "my-stance"
    assert load_protocol("my-stance", tmp_path).id == "my-stance"
    assert protocol_names(tmp_path) == ("my-stance",)


def test_file_that_cant_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"nowhere\.toml can't be read .*check the path"):
        load_protocol(tmp_path / "nowhere.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ProtocolError, match="can't be read"):
        load_protocol(tmp_path / "folder.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    with pytest.raises(ProtocolError, match="isn't UTF-8 text"):
        load_protocol(tmp_path / "latin.toml")


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_empty_file(text: str) -> None:
    assert "is empty: copy" in refusal(text)


def test_comments_only() -> None:
    assert "lacks 'format'" in refusal("# nothing\n")


def test_broken_toml_names_the_line() -> None:
    assert "line 3" in refusal("a = 1\nb = 2\nc = = 3\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hold_s = 30\n", "", "field 'conditions[1]' lacks 'hold_s': add it"),
        ("hold_s = 30\n", 'hold_s = "30"\n', "field 'conditions[1].hold_s' is \"30\", but must be a number"),
        ("hold_s = 30\n", "hold_s = -1\n", "more than 0"),
        ("hold_s = 30\n", "hold_s = nan\n", "nan is no number"),
        ("hold_s = 30\n", "hold_s = 3\n", "nothing is left: hold longer or trim less"),
        ('surface = "firm"', 'surface = "grass"', "one of firm, foam, unstable"),
        ("trials = 1\n", "trails = 1\n", "unknown field 'trails'"),
        ("trials = 1\n", "trials = 1.5\n", "a whole number"),
        ('version = "1.0.0"', 'version = "one"', "field 'version'"),
        ("format = 2\n", "format = 3\n", "newer than this Surefoot reads (2): upgrade"),
        ("format = 2\n", 'format = "2"\n', "field 'format'"),
        ('kind = "hold"\n', 'kind = "held"\n', "one of hold, lean, timed"),
        ('kind = "hold"\n', 'kind = "timed"\n', "field 'conditions[1]' lacks 'timeout_s'"),
        ("hold_s = 30\n", "hold_s = 30\ntime_s = 5\n", "is 'hold', which has no 'time_s'"),
        ('key = "e"', 'key = "s"', "the key 's' is that of both 'loss' and 'eyes' in 'eyes-closed'"),
        ('key = "e"', 'key = "ctrl"', "of the form"),
        ('id = "eyes", key', 'id = "loss", key', "field 'marks[2].id' repeats 'loss'"),
        ('conditions = ["eyes-closed"]', 'conditions = ["dark"]', "names the condition 'dark': use one of eyes-open"),
        ('mark = "eyes"', 'mark = "blink"', "which is no mark: nobody could apply this rule"),
        ('mark = "eyes"', 'mark = "note"', "it would stop nothing"),
        ('mark = "eyes", seen_by = "observer"', 'mark = "eyes", seen_by = "device"', "its mark has detectors []"),
        ('detectors = ["step",', 'detectors = ["stepp",', "one of step, foot-lift"),
        ('measure = "held_s"', 'measure = "held"', "names a measure 'held'"),
        ('measure = "held_s"', 'measure = "cop_velocity_mmps"', "of which neither more nor less is better"),
        ('measure = "held_s"', 'measure = "elapsed_s"', "can't be made by hand of 'eyes-open': type 'elapsed_s'"),
        ('measure = "held_s"', 'measure = "points"', "has no table of points"),
        ('measure = "held_s"', 'measure = "errors"', "has no [errors]"),
        ('effect = "stop"', 'effect = "stop", low = 1', "is 'stop', which has no 'low'"),
        ('effect = "note"', 'effect = "value", low = 0, high = 9', "needs either 'measure' or 'unit'"),
        ('effect = "note"', 'effect = "value", unit = "1", low = 9, high = 0', "must be above 'low'"),
        ("Look at the spot on the wall, and", "Look 2m ahead at 5% of the wall, and", "which can't be read aloud"),
        ("please do not talk.", "please do not " + "talk or " * 30 + "sing.", "a sentence of 7"),
        (
            'start = "Go. Stand still."',
            'start = "Go.", during = [{ at_s = 40, say = "On." }]',
            "before the end at 30 s",
        ),
        ('setting = "beside"', 'requires = "eyes-closed"', "which is no condition before it"),
        ('id = "eyes-closed"', 'id = "eyes-open"', "field 'conditions[2].id' repeats 'eyes-open'"),
        ('stance = "apart"', 'stance = "tandem"', "no 'leg': write left or right"),
        ('id = "quiet-stance"', 'id = "other"', "make both the same"),
        ('primary_measure = "cop_velocity_mmps"', 'primary_measure = "cop_speed"', "names a measure 'cop_speed'"),
        ('title = "Eyes open"', 'title = ""', "field 'conditions[1].title' is empty"),
        ("filter_hz = 10\n", "filter_hz = 0\n", "field 'analysis.filter_hz'"),
        ("heel_distance_mm = 170", "heel_distance_mm = 1700", "at most 600"),
        ('certainty = "D"', 'certainty = "sure"', "one of V, R, D"),
    ],
)
def test_mistakes_are_named(old: str, new: str, said: str) -> None:
    assert said in refusal(changed(old, new))


def test_several_mistakes_are_counted() -> None:
    text = changed("hold_s = 30\n", "").replace('surface = "firm"', 'surface = "grass"', 1)
    assert "(1 more after this one.)" in refusal(text)


def test_room_for_later_tests() -> None:
    """Foam, tandem and single-leg conditions with several trials fit into the same file."""
    text = changed('surface = "firm"', 'surface = "foam"').replace(
        "trials = 1\ninst", 'trials = 3\nenough = "first-full"\ninst'
    )
    text = text.replace('stance = "apart"\n', 'stance = "single"\nleg = "left"\n')
    protocol = parse_protocol(text, Path("quiet-stance.toml"))
    assert protocol.conditions[0].surface == "foam"
    assert {(c.stance, c.leg, c.trials, c.enough) for c in protocol.conditions} == {("single", "left", 3, "first-full")}


def test_measurement_error_is_that_of_the_published_trials(shared_data: Path) -> None:
    """The spread of three trials of one person, in logarithms, over everyone of the published table."""
    columns = {"cop_velocity_mmps": "COPvelo", "cop_area_95_mm2": "COParea"}
    with (shared_data / "quiet-stance" / "everyone.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for entry in load_protocol("quiet-stance").measurement_error:
        own: dict[str, list[float]] = {}
        for row in rows:
            if (row["Surface"].lower(), row["Vision"].lower()) == (entry.surface, entry.vision):
                own.setdefault(row["Subject"], []).append(log(float(row[columns[entry.measure]])))
        spread = [value - sum(values) / len(values) for values in own.values() for value in values]
        sem = sqrt(sum(value**2 for value in spread) / (len(spread) - len(own)))
        assert round(100 * (exp(1.96 * sqrt(2) * sem) - 1)) == entry.mdc95_percent
