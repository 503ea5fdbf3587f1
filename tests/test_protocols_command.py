# SPDX-License-Identifier: MIT
"""`surefoot protocols`: every test on one line, every test on one page; and which result of each may be judged."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from surefoot import cli
from surefoot.care.outcome import outcomes
from surefoot.care.protocol import load_protocol, parse_protocol, protocol_names
from surefoot.errors import ProtocolError
from surefoot.output.outcome_view import is_primary
from surefoot.output.protocols_command import norms_of, page, table
from surefoot.resources import data_dir

QUIET = (data_dir("protocols") / "quiet-stance.toml").read_text("utf-8")
NAMED = 'primary_outcome = { outcome = "velocity", condition = "eyes-open" }'


def test_the_list_has_every_test_with_its_minutes(capsys: Any) -> None:
    assert cli.main(["protocols"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(protocol_names())
    tug = next(line for line in lines if line.startswith("tug "))
    assert "Timed Up and Go" in tug
    assert tug.endswith("turn, steps, tug, tilt, free-fall, impact")
    assert table([load_protocol("tug")])[1].split()[-1] == "impact"


@pytest.mark.parametrize("name", protocol_names())
def test_the_page_of_a_test_says_all_of_its_file(name: str) -> None:
    protocol = load_protocol(name)
    lines = page(protocol, 100)
    assert max(map(len, lines)) <= 100
    said = " ".join(" ".join(lines).split())
    for condition in protocol.conditions:
        assert " ".join(condition.instruction.split()) in said
    for mark in protocol.marks:
        assert f"{mark.key} {mark.label}" in said
    for rule in protocol.safety.stop_rules:
        assert rule.text in said
    for source in protocol.sources:
        assert source.cite in said
    for one in norms_of(name):
        assert one.certainty == "V"
        assert one.cite in said
    assert ("may be judged for change" in said) is (protocol.primary_outcome is not None)


def test_one_test_on_the_screen_and_as_json(capsys: Any) -> None:
    assert cli.main(["protocols", "tug"]) == 0
    assert "Stop rules" in capsys.readouterr().out
    assert cli.main(["protocols", "tug", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["protocol"]["primary_outcome"]["outcome"] == "clinical"
    assert {one["certainty"] for one in document["norms"]} == {"V"}
    assert cli.main(["protocols", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["protocols"]) == len(protocol_names())
    assert cli.main(["protocols", "no-such-test"]) == 1
    assert "There is no protocol 'no-such-test'" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys; from surefoot import cli; cli._parser(); print(*(set(sys.modules) & {'numpy', 'scipy', 'jinja2'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


# The primary outcome


@pytest.mark.parametrize("name", protocol_names())
def test_each_test_names_one_result_of_its_primary_measure(name: str) -> None:
    protocol = load_protocol(name)
    named = protocol.primary_outcome
    assert named is not None
    found = [one for one in outcomes(protocol, []) if is_primary(asdict(one), asdict(named))]
    assert len(found) == 1
    assert found[0].measure == protocol.primary_measure


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ('{ outcome = "sway", condition = "eyes-open" }', "no outcome of 'cop_velocity_mmps': use one of velocity"),
        ('{ outcome = "held", condition = "eyes-open" }', "no outcome of 'cop_velocity_mmps'"),
        ('{ outcome = "velocity" }', "primary_outcome.condition' is missing, and there are several"),
        ('{ outcome = "velocity", condition = "sideways" }', "is 'sideways': use one of eyes-open, eyes-closed"),
        ('{ outcome = "velocity", condition = "eyes-open", target = "left" }', "leave it out"),
        ('{ condition = "eyes-open" }', "primary_outcome"),
        ('"velocity"', "primary_outcome"),
    ],
)
def test_a_primary_outcome_that_is_none_is_refused(said: str, wrong: str) -> None:
    assert NAMED in QUIET
    with pytest.raises(ProtocolError, match=wrong):
        parse_protocol(QUIET.replace(NAMED, f"primary_outcome = {said}"), Path("quiet-stance.toml"))


def test_it_may_be_left_out() -> None:
    assert parse_protocol(QUIET.replace(NAMED, ""), Path("quiet-stance.toml")).primary_outcome is None
