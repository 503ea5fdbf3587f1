# SPDX-License-Identifier: MIT
"""The printed diary, and the person's own page in a real browser: filled in by keyboard, saved, sealed, read."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import laddering
from browser import Browser, browser
from homing import CALL, FIRST, IDS, ITEMS, TODAY, at_home
from pages import HOSTILE, Page
from stores import BY, people_in, trial_document
from surefoot.care.diary import PAGE, Day, diary_of
from surefoot.care.exercises import exercises
from surefoot.care.plan import Plan, exercise_item, ladder_of, task_item
from surefoot.care.plan_check import Shown
from surefoot.care.progression_values import NOT_FINE
from surefoot.clinic import diary_seal, ladder_deciding, plan_entries
from surefoot.clinic.caseload import caseload
from surefoot.clinic.diary import read_file
from surefoot.clinic.diary_told import home
from surefoot.clinic.simulated import EVERYBODY, MARK, is_simulated
from surefoot.clinic.store import entries, opening
from surefoot.clinic.store.backup import backup
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.restoring import restored
from surefoot.clinic.store.values import Store, StoreError
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.errors import RecordingError
from surefoot.output.caseload_command import case_lines
from surefoot.output.caseload_page import caseload_page
from surefoot.output.diary_page import MOST_PRINTED, layout, own_page, printed_page
from surefoot.output.diary_view import Sheet, code_of, sheet, sheet_by_code, sheet_of
from surefoot.output.plan_make import view_of
from surefoot.output.plan_page import plan_page
from surefoot.output.plan_speech import speech

BANNED = ("diagnos", "predict", "prescri", "adherence", "rung", "fall risk")
WIDTHS = {"phone": (390, 844), "desktop": (1200, 900)}


def sheet_for(count: int) -> Sheet:
    items = tuple(exercise_item(name, FIRST) for name in list(exercises())[:count])
    return sheet_of("P001", FIRST, Plan(items, "helper", CALL), Shown(items, (), ()))


def longest(count: int) -> Sheet:
    """So many tasks of the ladder with the longest names."""
    standing = ladder_of("standing")
    names = sorted((standing.name(task) for task in standing.walk), key=len, reverse=True)
    items = tuple(task_item("standing", name, FIRST, hold_s=20.0) for name in names[:count])
    return sheet_of("P001", FIRST, Plan(items, "helper", CALL), Shown((), items, ()))


@pytest.mark.parametrize("count", [0, 1, MOST_PRINTED])
def test_a_printed_page_asks_each_thing_of_each_day(count: int):
    text = printed_page(sheet_for(count))
    assert text.count("<td><i></i></td>") == 7 * count
    assert text.count("<svg ") == (count if count < 9 else 0)
    words = Page(text).words
    for row in ("Pain before 0-10", "How steady 1-5", "Falls how many", "5 lost my balance", f"Then call {CALL}"):
        assert row in words
    assert f"Page {sheet_for(count).code}, week of {FIRST}" in words
    assert not [one for one in BANNED if one in words.lower()]


def test_what_is_done_while_training_is_locked_is_on_both_pages(store_here: Store):
    laddering.ready_person(store_here, on=FIRST)
    item = task_item("standing", "two-hands/apart", FIRST)
    plan_entries.keep_plan(store_here, "P001", Plan((item,)), FIRST, by=BY, over=None)
    ladder_deciding.set_numbers(store_here, "P001", "all", {}, FIRST, by=BY, why="seen", fallback="Sit and march")
    laddering.trained(store_here, FIRST, flags={**laddering.session(FIRST).flags, "fall": NOT_FINE})
    ladder_deciding.suggest(store_here, "P001", ("standing", ""), TODAY, by=BY)
    made = sheet(store_here, "P001", FIRST, TODAY)
    assert (made.cards, made.more, made.instead) == ((), True, "Sit and march")
    for text in (printed_page(made), own_page(store_here, made)):
        assert "For now: Sit and march" in Page(text).words


def test_a_plan_too_long_for_a_page_is_refused():
    for long in (sheet_for(MOST_PRINTED + 1), longest(MOST_PRINTED)):
        assert layout(long) is None
    with pytest.raises(RecordingError, match=f"up to {MOST_PRINTED}, fewer where their names are long"):
        printed_page(sheet_for(MOST_PRINTED + 1))


def test_neither_page_fetches_or_keeps_anything(store_here: Store):
    at_home(store_here)
    made = sheet(store_here, "P001", FIRST, TODAY)
    for text in (printed_page(made), own_page(store_here, made)):
        assert "default-src 'none'" in text
        assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", text)
        assert not re.search(r"localStorage|sessionStorage|indexedDB|fetch\(|XMLHttp|<form", text)
    assert len(own_page(store_here, made)) < 200_000


@pytest.mark.parametrize("words", HOSTILE)
def test_texts_of_a_plan_cannot_break_out(store_here: Store, words: str):
    people_in(store_here, "P001")
    one = replace(sheet_for(1), call=words)
    one = replace(one, cards=(replace(one.cards[0], title=words, note=words),))
    for text in (printed_page(one), own_page(store_here, one)):
        page = Page(text)
        assert [tag for tag, _ in page.tags].count("script") == ("</script>" in text)
        assert not [told for tag, told in page.tags if tag == "img"]


def test_the_code_on_a_page_finds_the_plan_that_it_was_printed_of(store_here: Store):
    entry = at_home(store_here)
    old = sheet(store_here, "P001", FIRST, TODAY)
    shorter = Plan(ITEMS[2:], "helper", CALL)
    plan_entries.keep_plan(store_here, "P001", shorter, TODAY, by=BY, over=entry)
    assert sheet(store_here, "P001", FIRST, TODAY).code != old.code
    assert tuple(sheet_by_code(store_here, "P001", FIRST, old.code.upper()).items) == IDS
    alone = sheet_of("P001", FIRST, Plan(ITEMS), Shown((ITEMS[0], ITEMS[3]), (ITEMS[2],), ((ITEMS[1], {}),)), False)
    assert tuple(alone.items) == (IDS[0], IDS[3])
    assert tuple(sheet_by_code(store_here, "P001", FIRST, alone.code).items) == (IDS[0], IDS[3])
    with pytest.raises(StoreError, match="No plan of P001 makes a page with the code 'zzzz'"):
        sheet_by_code(store_here, "P001", FIRST, "zzzz")


def test_pages_of_somebody_whose_recordings_are_of_a_virtual_board_say_so(store_here: Store):
    at_home(store_here)
    walk: dict[str, Any] = {
        "format": 1, "name": "w", "begun_utc": None, "fetched_utc": None, "said": None, "problem": None, "files": [],
        "walk": {"parameters": {}, "not_reported": {}, "notes": [], "device": "a0b1"},
    }  # fmt: skip

    def told() -> list[bool]:
        view, made = view_of(store_here, "P001", TODAY)[0], sheet(store_here, "P001", FIRST, TODAY)
        cases = list(caseload(store_here, TODAY))
        pages = (plan_page(view), printed_page(made), own_page(store_here, made), caseload_page(cases, 1, TODAY))
        lines = case_lines(cases, 1, TODAY)[1]
        *own, listed = (Page(text).words for text in (" ".join(speech(view)), *pages))
        return [*(MARK in one for one in own), EVERYBODY in listed, "(simulated)" in lines]

    entries.put(store_here, "P001", "trial", FIRST, trial_document(1), by=BY)
    entries.put(store_here, "P001", "walk", FIRST, walk, by=BY)
    assert told() == [False] * 6
    trial = entries.put(store_here, "P001", "trial", FIRST, trial_document(2) | {"simulated": True}, by=BY)
    assert told() == [True] * 6
    people_in(store_here, "P002")  # of whom there is no recording
    words = Page(caseload_page(list(caseload(store_here, TODAY)), 2, TODAY)).words
    assert (words.count(MARK), EVERYBODY in words) == (1, False)
    entries.void(store_here, trial.id, by=BY, reason="to try it")
    assert not is_simulated(store_here, "P001")
    walk["walk"]["device"] = f"{VIRTUAL_ID}07"
    entries.put(store_here, "P001", "walk", FIRST, walk | {"name": "v"}, by=BY)
    assert is_simulated(store_here, "P001")


def test_a_thing_has_one_number_on_the_plan_and_in_the_diary(store_here: Store):
    items = tuple(exercise_item(name, FIRST) for name in ("heel-raises", "backward-walk", "walk"))
    at_home(store_here, items=(*items, task_item("standing", "none/tandem", FIRST)))
    view = view_of(store_here, "P001", TODAY)[0]
    made = sheet(store_here, "P001", FIRST, TODAY)
    assert view.together
    assert [(one.number, one.title, one.need) for one in made.cards] == [
        (one.number, one.title, one.need) for one in (*view.alone, *view.together)
    ]
    assert sheet_by_code(store_here, "P001", FIRST, made.code).items == made.items
    planned = plan_entries.plan(store_here, "P001")[0].items
    assert tuple(sheet_by_code(store_here, "P001", FIRST, code_of(planned)).items) == tuple(one.id for one in planned)
    first_time = sheet_of("P001", FIRST, Plan(items), Shown(items[2:], items[:2], ()))
    assert sheet_by_code(store_here, "P001", FIRST, first_time.code).items == first_time.items


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    folder = tmp_path_factory.mktemp("downloads")
    with browser(tmp_path_factory.mktemp("profile")) as found:
        found.downloads(folder)
        yield found, folder


@pytest.mark.parametrize(
    "made", [sheet_for(0), replace(longest(4), simulated=True), longest(6), sheet_for(8), sheet_for(MOST_PRINTED)]
)
def test_a_printed_week_is_one_page_of_a4_with_nothing_cut_off(tab: tuple[Browser, Path], tmp_path: Path, made: Sheet):
    import io

    from pypdf import PdfReader

    there, _ = tab
    path = tmp_path / "week.html"
    path.write_text(printed_page(replace(made, instead="Sit and march")), "utf-8")
    there.open(path, 740, 1100)
    there.call("Emulation.setEmulatedMedia", media="print")
    cut = there.run("document.body.scrollHeight - document.body.clientHeight")
    lines = there.run("document.querySelector('.words p').getBoundingClientRect().height")
    pdf = PdfReader(io.BytesIO(b64decode(there.call("Page.printToPDF", preferCSSPageSize=True)["data"])))
    there.call("Emulation.setEmulatedMedia", media="")
    assert cut <= 0
    assert lines > 15, "room to write"
    assert len(pdf.pages) == 1
    size = pdf.pages[0].mediabox
    assert (round(float(size.width) / 72 * 25.4), round(float(size.height) / 72 * 25.4)) == (210, 297)
    assert "Bring this page to your next visit" in pdf.pages[0].extract_text()


@dataclass(frozen=True)
class Filled:
    """A store's page as it was filled in once, and what the browser showed."""

    page: Path
    file: Path
    status: str
    fell: str
    wide: dict[str, bool]
    names: list[str]
    empty: str
    ahead: str
    opened: list[str]
    asks_before: list[bool]


@pytest.fixture(scope="module")
def clinic(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in which nothing is written by the tests that share it."""
    import shutil

    from stores import KEY

    data = tmp_path_factory.mktemp("clinic") / "data"
    shutil.copytree(store_template, data)
    with opening.open_store(data, key=KEY) as store:
        at_home(store)
        yield store


@pytest.fixture(scope="module")
def filled(clinic: Store, tab: tuple[Browser, Path], tmp_path_factory: pytest.TempPathFactory) -> Filled:
    page = tmp_path_factory.mktemp("page") / "my week.html"
    page.write_text(own_page(clinic, sheet(clinic, "P001", FIRST, TODAY)), "utf-8")
    there, folder = tab
    wide = {}
    for name, (width, height) in WIDTHS.items():
        there.open(page, width, height)
        wide[name] = there.run("document.documentElement.scrollWidth <= innerWidth")
    opened = there.run("[...document.querySelectorAll('[data-day][open]')].map(d => d.dataset.day)")
    before = [asks(there)]
    empty = save(there)
    there.run("document.querySelectorAll('[data-day]')[0].open = true")
    names = there.run(NAMES_OF_CONTROLS)
    # By keyboard alone: from the first day's heading into its first choice, to the left twice.
    there.run("document.querySelector('summary').focus()")
    there.run("document.querySelector('[data-day] summary').focus()")
    there.press("Tab", 9)
    there.press("ArrowLeft", 37)
    there.press("ArrowLeft", 37)
    for name, value in (("pain_before", "2"), ("steadiness", "3"), ("falls", "0"), ("near_falls", "1")):
        choose(there, 0, name, value)
    there.run(typed(0, "Süß, ‏ok </textarea>"))
    fell = there.run("[...document.querySelectorAll('[data-day]')][0].querySelector('.fell').innerText")
    choose(there, 6, "pain_after", "7")
    before.append(asks(there))
    there.run("window.now = document.querySelectorAll('[data-day]')[6].dataset.day")
    there.run("document.querySelectorAll('[data-day]')[6].dataset.day = '2999-01-01'")
    ahead = save(there)
    there.run("document.querySelectorAll('[data-day]')[6].dataset.day = window.now")
    there.run("document.getElementById('save').click()")
    there.downloaded()
    status = there.run("document.getElementById('status').innerText")
    before.append(asks(there))
    (file,) = folder.glob("*.diary")
    return Filled(page, file, status, fell, wide, names, empty, ahead, opened, before)


NAMES_OF_CONTROLS = """
[...document.querySelectorAll('[data-day][open] :is(input, select, textarea)')].map(one =>
  (one.closest('fieldset') ? one.closest('fieldset').querySelector('legend').innerText + ': ' : '')
  + (one.labels[0] ? one.labels[0].innerText : 'NONE'))
"""


def asks(there: Browser) -> bool:
    """Whether closing the page now would ask."""
    return there.run("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")


def save(there: Browser) -> str:
    there.run("document.getElementById('save').click()")
    return there.run("document.getElementById('status').innerText")


def choose(there: Browser, day: int, name: str, value: str) -> None:
    there.run(
        f"(() => {{ const one = document.querySelectorAll('[data-day]')[{day}].querySelector('[data-field={name}]');"
        f" one.value = '{value}'; one.dispatchEvent(new Event('input', {{bubbles: true}})) }})()"
    )


def typed(day: int, words: str) -> str:
    return (
        f"(() => {{ const one = document.querySelectorAll('[data-day]')[{day}].querySelector('textarea');"
        f" one.value = {json.dumps(words)}; one.dispatchEvent(new Event('input', {{bubbles: true}})) }})()"
    )


def test_the_page_fits_a_phone_and_opens_today(filled: Filled):
    assert all(filled.wide.values()), filled.wide
    assert filled.opened == [str(TODAY)]


def test_the_three_answers_stand_side_by_side_on_a_small_phone(tab: tuple[Browser, Path], filled: Filled):
    there, _ = tab
    there.open(filled.page, 360, 740)
    tops = there.run(
        "[...document.querySelectorAll('[data-day][open] fieldset')].map(one => new Set([...one.querySelectorAll("
        "'.pick')].map(pick => pick.getBoundingClientRect().top)).size)"
    )
    assert tops == [1] * len(IDS)
    heads = there.run("[...document.querySelectorAll('.one .name')].map(one => one.getBoundingClientRect().left)")
    assert len(set(heads)) == 1


def test_every_control_has_a_name_for_a_screen_reader(filled: Filled):
    assert len(filled.names) == 2 * (3 * len(IDS) + 6)
    assert not [one for one in filled.names if "NONE" in one or not one.strip()]
    assert any(one.endswith(": Not done") for one in filled.names)


def test_the_page_says_what_happens(filled: Filled):
    assert filled.empty == "Nothing is told yet: open a day and fill in what you like."
    assert filled.ahead == "2999-01-01 has not been yet: empty that day, then save again."
    assert filled.status.startswith("2 days saved as surefoot-P001-")
    assert f"Please call {CALL} today" in filled.fell
    assert filled.asks_before == [False, True, False], "closing is asked about while something is unsaved"
    assert filled.file.name == f"surefoot-P001-{FIRST}.diary"


def test_what_was_typed_arrives_whole_and_nothing_else(filled: Filled, store_here: Store):
    at_home(store_here)
    entry, said = read_file(store_here, filled.file, TODAY, by=BY, person="P001")
    found = diary_of(entry.document)
    first = Day(FIRST, {IDS[0]: True}, 2, None, 3, 0, 1, "Süß, \u200fok </textarea>")
    assert found.days == (first, Day(TODAY, pain_after=7))
    assert (entry.document["way"], said) == (PAGE, [])
    assert tuple(found.items) == IDS
    seen = home(store_here, "P001").week(FIRST)
    assert [one.ways for one in seen if one.day.told] == [("own page",)] * 2
    with pytest.raises(StoreError, match=f"This file was read already: {entry.id}"):
        read_file(store_here, filled.file, TODAY, by=BY)
    assert len(entries.entries(store_here, "P001", "diary")) == 1
    entries.void(store_here, entry.id, by=BY, reason="another person's")
    with pytest.raises(StoreError, match="is void now"):
        read_file(store_here, filled.file, TODAY, by=BY)


def test_nothing_in_the_file_is_readable(filled: Filled):
    text = filled.file.read_text()
    told = json.loads(text)
    assert set(told) == {"kind", "format", "clinic", "person", "first", "point", "nonce", "sealed"}
    for word in ("Süß", "pain", "steadiness", IDS[0]):
        assert word not in text
        assert word.encode() not in b64decode(told["sealed"])


def test_a_browser_without_cryptography_says_so(tab: tuple[Browser, Path], filled: Filled):
    there, _ = tab
    whole = filled.page.read_text("utf-8")
    other = filled.page.with_name("old.html")
    # The page's script runs only unchanged, so the browser is changed instead.
    there.call(
        "Page.addScriptToEvaluateOnNewDocument", source="Object.defineProperty(crypto, 'subtle', {value: undefined})"
    )
    other.write_text(whole, "utf-8")
    there.open(other)
    assert there.run("document.getElementById('save').disabled")
    assert "newer browser" in there.run("document.getElementById('old').innerText")


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_byte_anywhere_is_refused(clinic: Store, filled: Filled, data: st.DataObject):
    content = bytearray(filled.file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        same = json.loads(bytes(content)) == json.loads(filled.file.read_bytes())
    except ValueError:
        same = False
    if not same:
        with pytest.raises(StoreError, match=r"isn't a diary|was changed|another clinic|later Surefoot|is cut short"):
            diary_seal.open_file(clinic, bytes(content), "x.diary")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person": "P002"}, "was changed after it was saved"),
        ({"first": "2026-01-05"}, "was changed after it was saved"),
        ({"clinic": "0" * 16}, "another clinic"),
        ({"format": 2}, "later Surefoot"),
        ({"kind": "surefoot-said"}, "isn't a diary"),
        ({"point": b64encode(b"\x04" + bytes(64)).decode()}, "was changed"),
        ({"nonce": "AAAA"}, "was changed"),
        ({"sealed": "?"}, "was changed"),
        ({"format": "1"}, "isn't a diary"),
        ({"format": True}, "isn't a diary"),
        ({"format": 0}, "isn't a diary"),
    ],
)
def test_a_changed_field_is_refused(clinic: Store, filled: Filled, changes: dict[str, Any], words: str):
    told = json.loads(filled.file.read_bytes()) | changes
    with pytest.raises(StoreError, match=words):
        diary_seal.open_file(clinic, json.dumps(told).encode(), "x.diary")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b"x" * 300_000, b'{"kind": 1}'])
def test_what_is_no_diary_is_said(clinic: Store, content: bytes):
    with pytest.raises(StoreError, match="isn't a diary that a page saved"):
        diary_seal.open_file(clinic, content, "x.diary")


def test_a_file_that_was_cut_is_said_to_be(clinic: Store, filled: Filled):
    whole = filled.file.read_bytes()
    for end in (len(whole) // 2, len(whole) - 1):
        with pytest.raises(StoreError, match=r"^x.diary is cut short: copy it once more"):
            diary_seal.open_file(clinic, whole[:end], "x.diary")


def sealed_by_hand(store: Store, page: str, given_mark: str, days: Any, person: str = "P001") -> bytes:
    """As the page seals, by the library of the host."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    clinic_point = diary_seal.clinic_point(store)
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), clinic_point)
    key = HKDF(SHA256(), 32, salt=point, info=diary_seal.INFO).derive(own.exchange(ec.ECDH(), other))
    head: dict[str, Any] = {"kind": "surefoot-diary", "format": 1, "clinic": diary_seal.clinic_name(clinic_point),
                            "person": person, "first": str(FIRST)}  # fmt: skip
    what = json.dumps({"page": page, "mark": given_mark, "days": days}).encode()
    inside = AESGCM(key).encrypt(bytes(12), what, diary_seal.aad(head))
    parts = {"point": point, "nonce": bytes(12), "sealed": inside}
    return json.dumps(head | {name: b64encode(part).decode() for name, part in parts.items()}).encode()


def test_a_page_that_was_not_made_here_or_is_of_another_is_refused(store_here: Store, tmp_path: Path):
    at_home(store_here)
    page = json.dumps({"person": "P001", "first": str(FIRST), "items": [[IDS[0], "thing"]]})
    good = diary_seal.mark(store_here, page)
    path = tmp_path / "x.diary"

    def refused(content: bytes, words: str, error: type[Exception] = StoreError, **named: Any) -> None:
        path.write_bytes(content)
        with pytest.raises(error, match=words):
            read_file(store_here, path, TODAY, by=BY, **named)

    row = {"day": str(FIRST), "falls": 0}
    refused(sealed_by_hand(store_here, page, "0" * 64, [row]), "a page that was changed")
    refused(sealed_by_hand(store_here, page, good, [row], "P002"), "is of P002, and its page is of P001")
    refused(sealed_by_hand(store_here, page, good, [row]), "is of P001, not of P002", person="P002")
    refused(sealed_by_hand(store_here, "{}", good, [row]), "was changed after it was saved")
    refused(sealed_by_hand(store_here, page, good, 5), "was changed after it was saved")
    refused(sealed_by_hand(store_here, page, good, [{"day": "x"}]), "isn't understood", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [5]), "isn't understood", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [row | {"falls": 99}]), "goes from 0 to 9", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [row | {"falls": "many"}]), "whole numbers", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [row | {"note": 5}]), "isn't understood", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [row | {"done": {IDS[0]: 1}}]), "isn't understood", RecordingError)
    refused(sealed_by_hand(store_here, page, good, [row | {"done": {IDS[1]: True}}]), "isn't among", RecordingError)
    assert not entries.entries(store_here, "P001", "diary")
    with pytest.raises(RecordingError, match="can't be read"):
        read_file(store_here, tmp_path / "none.diary", TODAY, by=BY)


def test_the_clinics_key_is_the_same_after_a_restore_and_no_other_stores(store_here: Store, tmp_path: Path):
    point = diary_seal.clinic_point(store_here)
    assert (len(point), point[0]) == (diary_seal.POINT_BYTES, 4)
    backup(store_here, tmp_path / "b.backup", by=BY)
    assert store_here.key is not None
    with restored(tmp_path / "b.backup", tmp_path / "again", None, store_here.key) as again:
        assert diary_seal.clinic_point(again) == point
    other = replace(store_here, key=Key(raw=bytes(32)))
    assert diary_seal.clinic_point(other) != point
    with pytest.raises(StoreError, match="without its key"):
        diary_seal.clinic_point(replace(store_here, key=None))
    key, name = Key(passphrase="five words of the clinic"), "ab" * 8
    assert key.secret("diary", name) == key.secret("diary", name) != key.secret("other", name)
    assert key.proof(name).encode() not in key.secret("diary", name).hex().encode()
