# SPDX-License-Identifier: MIT
"""`surefoot store`, `person`, `keep`, `kept` and `record --keep`, as they are typed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stores import VARIABLE, made_database
from surefoot import cli, unit_words
from surefoot.clinic.store import keys

KEPT = "--despite", "a test", "--typed", "eyes-open.held_s=30", "eyes-closed.held_s=12.5"


class Desk:
    """A terminal at which commands are typed one after another."""

    def __init__(self, capsys: pytest.CaptureFixture[str], data: Path):
        self.capsys, self.data, self.error = capsys, data, ""

    def __call__(self, *words: str, code: int = 0, data: Path | None = None) -> str:
        """What is printed; `error` has what is said on standard error."""
        assert cli.main([*words, "--data", str(data or self.data), "--by", "T1"]) == code
        out, self.error = self.capsys.readouterr()
        return out

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code))


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], tmp_path: Path, keyring_here: dict[tuple[str, str], str]) -> Desk:
    assert keyring_here == {}
    return Desk(capsys, tmp_path / "data")


def test_a_clinic_from_the_first_command_to_a_restored_backup(desk: Desk, tmp_path: Path) -> None:
    assert "There is no store" in (desk("person", "list", code=1), desk.error)[1]
    made = desk("store", "make")
    assert "Its key is the keyring of this computer" in made
    assert "Recordings lie in clear beside it" in made
    assert "Nobody yet" in desk("person", "list")
    assert desk("person", "add", "P001") == "Added: P001.\n"
    desk("person", "add", "P002", "--family", "Müller-Žižek", "--given", "Zoë", "--born", "1950-03-03")
    assert desk("person", "list") == "P001\nP002\n"
    out = str(tmp_path / "s")
    record = "record", "--by-hand", "--person", "P001", "--out", out, "--keep", *KEPT
    assert f"{out}: kept for P001, 2 trials." in desk(*record)
    assert f"{out}: already kept, for P001." in desk("keep", out)
    listed = desk("kept", "list", "--person", "P001").splitlines()
    assert [line.split()[2] for line in listed] == ["trial", "trial", "result"]
    assert listed[1].endswith("by T1, live (quiet-stance, eyes-closed, trial 1)")
    first = listed[0].split()[0]
    said = desk("kept", "void", first[:8], "--reason", "the wrong foot")
    assert said.splitlines()[0].endswith("void (quiet-stance, eyes-open, trial 1): the wrong foot")
    assert " result " in said.splitlines()[1]
    assert len(desk("kept", "list", "--person", "P001", "--kind", "trial").splitlines()) == 1
    entries = desk.json("kept", "list", "--person", "P001", "--every")["entries"]
    assert [one["state"] for one in entries] == ["void", "live", "replaced", "live"]
    second = next(one["id"] for one in entries if one["kind"] == "trial" and one["state"] == "live")
    moved = desk("kept", "move", second, "--to", "P002", "--reason", "mixed up")
    assert "P002" in moved
    assert "was written: rows, hashes, recordings" in desk("store", "check")
    backup = str(tmp_path / "monday.sfb")
    assert "Verified: " in desk("store", "backup", backup)
    assert desk.json("store", "audit")["broken"] is None
    rows = desk("store", "audit", "--person", "P002")
    assert [row.split()[2] for row in rows.splitlines()] == ["add", "change", "move"]
    again = tmp_path / "again"
    assert "Restored into" in desk("store", "restore", backup, data=again)
    assert desk("person", "list", data=again) == "P001\nP002\n"
    assert "no store is overwritten" in (desk("store", "restore", backup, data=again, code=1), desk.error)[1]
    assert "Zoë Müller-Žižek, born 1950-03-03" in desk("person", "identity", "P002", "--why", "a letter")


def test_a_backup_goes_to_another_computer(
    desk: Desk, tmp_path: Path, keyring_here: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk("store", "make")
    text = desk("store", "key").splitlines()[0]
    assert "recovery key shown" in desk("store", "audit")
    backup, other = str(tmp_path / "b.sfb"), tmp_path / "other"
    desk("store", "backup", backup)
    keyring_here.clear()
    desk("store", "restore", backup, data=other, code=1)
    assert "there is no terminal to ask at" in desk.error
    (tmp_path / "typed").write_text(text)
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "typed"))
    assert "not in this computer's keyring yet" in desk("store", "restore", backup, data=other)
    assert "in this computer's keyring now" in desk("store", "key", "--put", data=other)
    monkeypatch.delenv(keys.VARIABLE)
    assert "was written" in desk("store", "check", data=other)
    for command in (["store", "key"], ["store", "audit"], ["person", "list"]):
        assert text[:9] not in desk(*command[:1], "check" if command[0] == "store" else "list", data=other)


def test_what_is_wrong_is_said_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    desk("store", "make")
    out = str(tmp_path / "s")
    for words, code, said in (
        (("keep",), 1, "What is to be kept?"),
        (("keep", "--walks", "P009"), 1, "holds no walk"),
        (("kept", "list", "--person", "P009"), 1, "There is no P009"),
        (("kept", "void", "3f", "--reason", "x"), 1, "No entry begins with '3f'"),
        (("person", "add", "P001", "--family", "A"), 1, "takes --family, --given and --born"),
        (("person", "add", "P001", "--family", "A", "--given", "B", "--born", "3.3.50"), 1, "--born 3.3.50 is no date"),
        (("person", "add", "P001", "--family", "A", "--given", "B", "--born", "19500303"), 1, "19500303 is no date"),
        (("person", "add", "P001", "--family", "A", "--given", "B", "--born", "1850-03-03"), 1, "Nobody born on"),
        (("person", "delete", "P001", "--reason", "x"), 1, "deletes all that is kept of P001 for good"),
        (("person", "identity", "P001"), 1, "Why do you look?"),
        (("record", "--by-hand", "--person", "P009", "--out", out, "--keep", *KEPT), 1, "There is no P009"),
        (("store", "check", "--store", "postgresql://u:geheim@h/d"), 1, "--store has a password in it"),
        (("store", "backup"), 2, "The following arguments are required: FILE"),
        (("store", "make"), 1, "no store is overwritten"),
    ):
        assert desk(*words, code=code) == ""
        assert said in desk.error
        assert "geheim" not in desk.error
    assert not Path(out).exists()
    assert desk("person", "list").startswith("Nobody yet")


def test_a_person_is_exported_changed_and_deleted(desk: Desk, tmp_path: Path) -> None:
    desk("store", "make")
    desk("person", "add", "P001")
    assert "Nobody wrote down who P001 is" in desk("person", "identity", "P001", "--why", "a letter")
    desk("person", "identity", "P001", "--family", "A", "--given", "B", "--born", "1950-03-03", "--contact", "+41")
    told = desk.json("person", "identity", "P001", "--why", "a letter")["identity"]
    assert told == {"family_name": "A", "given_name": "B", "born": "1950-03-03", "contact": "+41"}
    (walks := desk.data / "walks" / "P001").mkdir(parents=True)
    said = desk("person", "export", "P001", str(tmp_path / "p.zip"), "--why", "asked")
    assert "It is not encrypted" in said
    outside = f"sessions, pages and papers in the folders named by --out, and walks as they were fetched, in {walks}."
    assert f"outside of the store is not in it: {outside}" in said
    with zipfile.ZipFile(tmp_path / "p.zip") as held:
        assert json.loads(held.read("person.json"))["identity"] == told
    said = desk("person", "delete", "P001", "--reason", "asked", "--sure", "P001")
    assert "Backups made before, and copies beside the store (version-*.db), still hold this person" in said
    assert f"outside of the store is still there: {outside}" in said
    assert [unit_words.entries(count) for count in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
    assert desk.json("person", "list") == {"people": []}


def test_a_person_is_named_bare_or_as_other_commands_have_it(desk: Desk, tmp_path: Path) -> None:
    desk("store", "make")
    assert "Added: P001." in desk("person", "add", "--person", "P001")
    assert "Nobody wrote down who P001 is" in desk("person", "identity", "--why", "a letter", "--person", "P001")
    desk("person", "export", "--person", "P001", str(tmp_path / "p.zip"), "--why", "asked")
    for words in ((), ("P002", "--person", "P003")):
        desk("person", "add", *words, code=1)
        assert "give one CODE, such as P001. See `surefoot person add --help`." in desk.error
    for words in (("add", "P002", "--nonsense"), ("export", "P001"), ("list", "P001")):
        desk("person", *words, code=2)
        assert f"See `surefoot person {words[0]} --help`." in desk.error
    assert desk.json("person", "list") == {"people": ["P001"]}


def test_who_somebody_is_may_be_asked_at_the_terminal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk("store", "make")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    desk("person", "add", "P001", "--ask", code=1)
    assert "There is no terminal to ask at" in desk.error
    monkeypatch.setattr("sys.stdin", here := Terminal("Müller\n"))
    desk("person", "add", "P001", "--ask", code=1)
    assert "The answers broke off" in desk.error
    here.seek(0)
    here.write("Müller\nZoë\n1950-03-03\n\n")
    here.seek(0)
    assert "Added: P001." in desk("person", "add", "P001", "--ask")
    assert "Zoë Müller, born 1950-03-03\n" in desk("person", "identity", "P001", "--why", "a letter")


def test_who_and_where_may_be_said_once_for_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk("store", "make")
    monkeypatch.setenv("SUREFOOT_DATA", str(desk.data))
    monkeypatch.setenv("SUREFOOT_BY", "Z9")
    assert cli.main(["person", "add", "P001"]) == 0
    assert cli.main(["store", "audit", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"][0]["by"] == "Z9"


def test_the_same_commands_on_a_server(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = os.environ.get(VARIABLE)
    if not base:
        pytest.skip(f"no PostgreSQL: name a server where databases may be made by {VARIABLE} (`. .ci/postgres`)")
    with made_database(base, f"surefoot_desk_{os.getpid()}") as url:
        monkeypatch.setenv("SUREFOOT_STORE", url)
        desk("store", "make")
        desk("person", "add", "P001")
        out = str(tmp_path / "s")
        record = "record", "--by-hand", "--person", "P001", "--out", out, "--keep", *KEPT
        assert "kept for P001, 2 trials" in desk(*record)
        assert "was written" in desk("store", "check")
        assert "Verified" in desk("store", "backup", str(tmp_path / "b.sfb"))
        assert "gone from its files after VACUUM" in desk("person", "delete", "P001", "--reason", "x", "--sure", "P001")
        monkeypatch.delenv("SUREFOOT_STORE")
        desk("store", "restore", str(tmp_path / "b.sfb"), data=tmp_path / "again")
        assert len(desk("kept", "list", "--person", "P001", data=tmp_path / "again").splitlines()) == 3
