# SPDX-License-Identifier: MIT
"""The front page tells the truth: its example runs, its commands exist, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from surefoot import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path for path in ROOT.glob("*.md")) + sorted(
    path
    for name in ("firmware", "host", "calibration", "protocols", "hardware", "tests")
    for path in (ROOT / name).rglob("*.md")
)
FENCE = re.compile(r"^([ ]*)```(\w+)[^\n]*\n(.*?)^\1```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
SHELLS = ("sh", "console", "bash", "shell")


def blocks(path: Path, *languages: str) -> list[str]:
    text = path.read_text("utf-8")
    return [
        "\n".join(line.removeprefix(indent) for line in body.splitlines())
        for indent, language, body in FENCE.findall(text)
        if language in languages
    ]


def commands(path: Path) -> list[str]:
    """What a reader is asked to type: all lines of a sh block, those with a prompt of a console block."""
    lines: list[str] = []
    for language in SHELLS:
        for body in blocks(path, language):
            joined = body.replace("\\\n", " ")
            typed = joined.splitlines()
            if any(line.startswith("$ ") for line in typed):
                typed = [line[2:] for line in typed if line.startswith("$ ")]
            lines += [line.split("  #")[0].strip() for line in typed if line.strip() and not line.startswith("#")]
    return lines


SUREFOOT = sorted({c for page in PAGES for c in commands(page) if re.match(r"(\.venv/bin/)?surefoot ", c)})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has run."""
    folder = tmp_path_factory.mktemp("readme")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.main(["demo"]) == 0
    return folder


def test_the_library_example_runs_in_five_lines(place, monkeypatch, capsys):
    examples = blocks(ROOT / "README.md", "python")
    assert examples
    monkeypatch.chdir(place)
    for example in examples:
        lines = [line for line in example.splitlines() if line.strip()]
        assert "from surefoot import" in example
        assert len(lines) <= 5
        capsys.readouterr()
        exec(compile(example, "README.md", "exec"), {})
        assert "eyes-open" in capsys.readouterr().out


def test_the_commands_without_hardware_run(place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    for command in ("surefoot score out/demo", "surefoot report out/demo"):
        assert cli.main(shlex.split(command)[1:]) == 0
    assert "score" in capsys.readouterr().out


@pytest.mark.parametrize("command", SUREFOOT)
def test_each_command_that_is_shown_is_understood(command):
    args = cli._parser().parse_args(cli._joined(shlex.split(command)[1:]))
    assert args.command


def test_there_are_commands_to_check():
    assert any("record" in command for command in SUREFOOT)


def test_the_make_targets_that_are_named_exist():
    made = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)`", page.read_text("utf-8")))
        named |= {command.split()[1] for command in commands(page) if command.startswith("make ")}
        assert named - made == set(), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert broken == []
