# SPDX-License-Identifier: MIT
"""The key of a store is changed: killed at any moment, the old one or the new one opens it, with all that was in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert

from stores import BY, KEY, SAMPLE, label_of, url_of
from surefoot import cli
from surefoot.clinic import diary_seal
from surefoot.clinic.store import audit, backup, checking, database, keys, opening, people, rekeying, tables
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.restoring import restore
from surefoot.clinic.store.values import Store, StoreError

NEW = Key(raw=bytes(range(32, 64)))
PHRASE = Key(passphrase="correct horse battery staple")
MANY = 1500  # rows, so that the writing of all pages takes a while


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)  # for the time it takes
    monkeypatch.setattr(keys, "_known", {})


@pytest.fixture(scope="module")
def filled(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a store of a megabyte."""
    data = tmp_path_factory.mktemp("rekey") / "data"
    shutil.copytree(store_template, data)
    with open_store(data, key=KEY) as store:
        people.add_person(store, "P001", by=BY, identity=SAMPLE)
        with database.writing(store) as connection:
            rows = [{"code": f"Q{k}", "made_utc": "2026-01-02T03:04:05Z", "who": "x" * 400} for k in range(MANY)]
            connection.execute(insert(tables.person), rows)
    return data


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data"))


def whole(data: Path, key: Key) -> list[str]:
    """What is said when it is opened; all is there."""
    said: list[str] = []
    with open_store(data, key=key, say=said.append) as store:
        assert len(people.people(store)) == MANY + 1
        assert people.identity_of(store, "P001", by=BY, why="test") == SAMPLE
        assert checking.problems(store) == ()
    return said


def killed(deed: Callable[[], object]) -> bool:
    """Whether a process that does this was killed, as by `kill -9`, before its end."""
    pid = os.fork()
    if not pid:
        try:
            deed()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.usefixtures("keyring_here", "quick")
@pytest.mark.parametrize(("old", "new"), [(KEY, NEW), (KEY, PHRASE), (PHRASE, NEW)])
def test_the_new_key_alone_opens_what_the_old_one_did(data: Path, old: Key, new: Key) -> None:
    if old != KEY:
        rekeying.rekey(data, KEY, old)
    label = rekeying.rekey(data, old, new)
    assert (label.key, label.proof, label.next) == (new.kind, new.proof(label.id), None)
    assert whole(data, new) == []
    for other in {KEY, old}:
        with (
            pytest.raises(StoreError, match=r"This is not the key of .* Its key was changed since"),
            open_store(data, key=other),
        ):
            pass
    assert sorted(path.name for path in (data / "clinic").iterdir()) == ["clinic.db", "recordings", "store.json"]
    told = (data / "clinic" / "store.json").read_text()
    assert not any(key.raw and key.raw.hex() in told for key in (old, new, KEY))
    if new.passphrase:  # the file is still one that SQLCipher's own tools open
        tool = database._sqlcipher().connect(data / "clinic" / "clinic.db")
        tool.execute(f"PRAGMA key = '{new.passphrase}'")
        tool.execute("PRAGMA kdf_iter = 1000")
        assert tool.execute("SELECT count(*) FROM person").fetchall() == [(MANY + 1,)]
        tool.close()


@pytest.mark.usefixtures("keyring_here")
@pytest.mark.parametrize("step", ["next", "key", "label", "after"])
def test_a_kill_between_two_steps_leaves_one_key_and_says_which(
    step: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, facts, calls = rekeying.write_label, rekeying._facts, []

    def written(folder: Path, label: object) -> None:
        if step == "label" and calls:
            kill()
        write(folder, label)  # pyright: ignore
        calls.append(label)
        if (step, len(calls)) in (("next", 1), ("after", 2)):
            kill()

    def read(engine: object) -> object:
        if step == "key" and calls:
            kill()
        return facts(engine)  # pyright: ignore

    monkeypatch.setattr(rekeying, "write_label", written)
    monkeypatch.setattr(rekeying, "_facts", read)
    assert killed(lambda: rekeying.rekey(data, KEY, NEW))
    monkeypatch.undo()
    right, wrong = (KEY, NEW) if step == "next" else (NEW, KEY)
    words = "neither its old nor its new" if "next" in label_of(data) else "This is not the key"
    with pytest.raises(StoreError, match=words), open_store(data, key=Key(raw=bytes(32))):
        pass
    if step != "after":
        with pytest.raises(StoreError, match=words), open_store(data, key=wrong):
            pass
    said = whole(data, right)
    which = "the old key opens it, and `surefoot store rekey` changes it" if right == KEY else "the new key opens it"
    assert said == ([] if step == "after" else [said[0]])
    assert all(which in one for one in said)
    assert whole(data, right) == []
    assert "next" not in label_of(data)


@pytest.mark.usefixtures("keyring_here")
def test_a_kill_while_pages_are_written_leaves_one_key(data: Path, filled: Path) -> None:
    ended = []
    for number in range(6):
        shutil.rmtree(data)
        shutil.copytree(filled, data)

        def deed(number: int = number) -> None:
            said = rekeying._said

            def timed(engine: object, *words: str) -> object:
                if "rekey" in words[0]:
                    threading.Timer(0.004 * number, kill).start()
                return said(engine, *words)  # pyright: ignore

            rekeying._said = timed  # pyright: ignore
            rekeying.rekey(data, KEY, NEW)
            kill()

        assert killed(deed)
        for key in (KEY, NEW):
            try:
                ended.append((key == NEW, bool(whole(data, key))))
                break
            except StoreError:
                continue
    assert len(ended) == 6
    assert (False, True) in ended, "none was killed while it wrote"


@pytest.mark.usefixtures("keyring_here")
def test_a_disk_that_is_full_leaves_the_old_key(data: Path, tmp_path: Path) -> None:
    import resource

    def deed() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # the journal needs as much as the database
        try:
            rekeying.rekey(data, KEY, NEW)
        except StoreError as error:
            (tmp_path / "said").write_text(str(error))

    assert not killed(deed)
    said = (tmp_path / "said").read_text()
    assert "could not be written anew, as where its disk is full: make room for it once more" in said
    assert "broken off: the old key opens it" in said
    assert whole(data, KEY) == []


@pytest.mark.usefixtures("keyring_here")
def test_a_station_that_writes_is_not_overtaken(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    before = label_of(data)
    with open_store(data, key=KEY) as store, database.writing(store):
        with pytest.raises(StoreError, match="being written by another station; nothing was changed"):
            rekeying.rekey(data, KEY, NEW)
        assert label_of(data) == before
    with open_store(data, key=KEY) as idle:
        rekeying.rekey(data, KEY, NEW)
        with pytest.raises(StoreError, match="repeat, if that was just changed; give the right key"):
            people.add_person(idle, "P009", by=BY)
    assert whole(data, NEW) == []
    with pytest.raises(StoreError, match="the old one, so nothing was changed"):
        rekeying.rekey(data, NEW, NEW)


@pytest.mark.usefixtures("quick")
def test_a_change_that_goes_on_is_not_settled(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    label, seen = rekeying.read_label(data / "clinic"), []

    def looks(engine: object) -> dict[str, object]:
        if not seen:
            seen.append("before")
            return {}
        for key in (KEY, PHRASE):
            with pytest.raises(StoreError, match="being written by another station"), open_store(data, key=key):
                pass
        seen.append("written")
        return {}

    monkeypatch.setattr(rekeying, "_facts", looks)
    assert rekeying.rekey(data, KEY, PHRASE).id == label.id
    assert seen == ["before", "written"]


def test_without_a_keyring_nothing_is_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "nowhere.Backend")
    import keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    with pytest.raises(StoreError, match=r"no keyring .*`surefoot store rekey --passphrase`"):
        rekeying.rekey(data, KEY, NEW)
    assert keys.from_keyring(label_of(data)["id"]) is None
    assert whole(data, KEY) == []


def saved(store: Store) -> bytes:
    """The file that a page saves which was handed out by the store as it is now."""
    page = json.dumps({"person": "P001", "first": "2026-03-02"})
    own, point = ec.generate_private_key(ec.SECP256R1()), diary_seal.clinic_point(store)
    public = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    head = {"kind": diary_seal.KIND, "format": 1, "clinic": diary_seal.clinic_name(point), **json.loads(page)}
    told = json.dumps({"page": page, "mark": diary_seal.mark(store, page), "days": []}).encode()
    key = HKDF(SHA256(), 32, salt=public, info=diary_seal.INFO).derive(shared)
    sealed = AESGCM(key).encrypt(bytes(12), told, diary_seal.aad(head))
    parts = {"point": public, "nonce": bytes(12), "sealed": sealed}
    return json.dumps(head | {name: b64encode(one).decode() for name, one in parts.items()}).encode()


def test_older_backups_and_pages_open_and_newer_ones_with_the_new_key(
    store_template: Path, tmp_path: Path, keyring_here: dict[tuple[str, str], str]
) -> None:
    data = Path(shutil.copytree(store_template, tmp_path / "data"))
    older, newer = tmp_path / "older.sfb", tmp_path / "newer.sfb"
    with open_store(data, key=KEY) as store:
        keys.put_in_keyring(label_of(data)["id"], KEY)
        backup.backup(store, older, by=BY)
        handed_out = saved(store)
    for old, new in ((KEY, NEW), (NEW, Key(raw=bytes(32)))):
        rekeying.settle_keyring(rekeying.rekey(data, old, new), old, new)
    with open_store(data) as store:
        assert store.key == new
        assert [one.key for one in rekeying.with_older(store)] == [new, NEW, KEY]
        for one in (handed_out, saved(store)):
            assert diary_seal.open_file(store, one, "a.diary").person == "P001"
        backup.backup(store, newer, by=BY)
    for path, key in ((older, KEY), (newer, new)):
        label, *_ = backup.read_head(path)
        assert keys.for_backup(label) == key
        restore(path, tmp_path / path.stem, None, key)
        with open_store(tmp_path / path.stem) as again:
            assert again.key == key
            assert diary_seal.open_file(again, handed_out, "a.diary").person == "P001"
    with pytest.raises(StoreError, match="isn't the key of"):
        restore(newer, tmp_path / "none", None, KEY)
    assert len(keyring_here) == 4


def test_it_is_typed_on_a_file_and_refused_on_a_server(
    store: Store,
    keyring_here: dict[tuple[str, str], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    data, url, store_id = store.folder.parent, url_of(store), label_of(store.folder.parent)["id"]
    keys.put_in_keyring(store_id, KEY)
    words = ["store", "rekey", "--data", str(data), "--by", BY]
    if url:
        monkeypatch.setenv("SUREFOOT_STORE", url)
        before = dict(keyring_here)
        assert cli.main(words) == 1
        assert "so nothing was changed: change the passwords and the disk encryption of that server" in (
            capsys.readouterr().err
        )
        assert keyring_here == before
        return
    store.engine.dispose()
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "every row was read again by it" in said
    assert "keep the old key" in said
    assert keyring_here["surefoot", store_id] != KEY.raw.hex() in keyring_here.values()  # pyright: ignore
    monkeypatch.setattr(keys, "ROUNDS", 1000)
    for name, text in ((keys.NEW, "short"), (keys.NEW, "\ufeffcorrect horse battery staple\n")):
        (tmp_path / "new").write_text(text, "utf-8")
        monkeypatch.setenv(name, str(tmp_path / "new"))
        assert cli.main([*words, "--passphrase"]) == (1 if text == "short" else 0)
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "new"))
    with open_store(data) as again:
        assert again.key == PHRASE
        told = [row.what for row in audit.log(again) if row.action == "key"]
        assert told == ["a change of the key was begun", "the key was changed"] * 2
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(data / "clinic" / "clinic.db").execute("SELECT * FROM identity")
    assert opening.quiet("") is None
