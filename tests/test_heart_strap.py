# SPDX-License-Identifier: MIT
"""The host's strap through a stand-in of bleak; what is called fits bleak's own signatures. No real strap yet."""

from __future__ import annotations

import inspect
import json
import sys
import threading
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sessions import lab
from surefoot import cli
from surefoot.clinic import heart, record_command
from surefoot.clinic.scoring import score_folder
from surefoot.decode import Ping, decode
from surefoot.device import clock, heart_strap
from surefoot.device.heart_strap import HeartError, HeartStrap, NearStrap, choose, uuid
from surefoot.device.virtual.straps import value
from surefoot.output.report import render_report
from surefoot.recording import note_frame, read

bleak = pytest.importorskip("bleak")
SENT = [value(70 + k, [860], True) for k in range(4)]


class Peripherals:
    """A stand-in for the module bleak. `near`: (address, name, strength, services); each connection notifies the next
    of `sent`, then breaks, the last one excepted."""

    exc = bleak.exc

    def __init__(self, near=(), sent=(), level: int | None = 77):
        self.near, self.level = near, level
        self.sent = list(sent)
        self.connected: list[str] = []
        self.all_sent = threading.Event()
        outer = self

        class BleakScanner:
            @staticmethod
            async def discover(*args: Any, **named: Any) -> dict[str, Any]:
                inspect.signature(bleak.BleakScanner.discover).bind(*args, **named)
                assert named["return_adv"]
                return {
                    address: (
                        SimpleNamespace(address=address, name=None),
                        SimpleNamespace(local_name=name, rssi=strength, service_uuids=services),
                    )
                    for address, name, strength, services in outer.near
                }

        class BleakClient:
            def __init__(self, *args: Any, **named: Any):
                bound = inspect.signature(bleak.BleakClient.__init__).bind(self, *args, **named)
                self.address = bound.arguments["address_or_ble_device"]
                self.lost = bound.arguments["disconnected_callback"]

            async def __aenter__(self) -> Any:
                outer.connected.append(self.address)
                return self

            async def __aexit__(self, *_: object) -> None:
                pass

            async def start_notify(self, *args: Any) -> None:
                bound = inspect.signature(bleak.BleakClient.start_notify).bind(self, *args).arguments
                assert bound["char_specifier"] == uuid(0x2A37)
                batch = outer.sent.pop(0) if outer.sent else ()
                for data in batch:
                    bound["callback"](None, bytearray(data))
                if outer.sent:
                    self.lost(self)
                else:
                    outer.all_sent.set()

            async def read_gatt_char(self, *args: Any) -> bytearray:
                inspect.signature(bleak.BleakClient.read_gatt_char).bind(self, *args)
                if outer.level is None:
                    raise bleak.exc.BleakError("no such characteristic")
                return bytearray([outer.level])

        self.BleakScanner, self.BleakClient = BleakScanner, BleakClient


HR = [uuid(0x180D)]
MINE = ("A0:B1:C2:D3:E4:F5", "H9 1234", -50, HR)
THEIRS = ("01:02:03:04:05:06", "Band", -40, HR)
WATCH = ("0A:0A:0A:0A:0A:0A", "Watch", -30, [])


def test_the_only_strap_near_is_taken_and_what_it_says_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart_strap, "FIRST_PAUSE_S", 0.0)
    there = Peripherals([MINE, WATCH], [SENT[:2], SENT[2:]])
    seconds = iter(range(100, 200))
    strap = HeartStrap("", lambda: float(next(seconds)), there)
    assert strap.start() == NearStrap(*MINE[:3])
    assert there.all_sent.wait(10)
    strap.stop()
    heard = strap.fresh()
    assert [one.value for one in heard] == SENT
    assert [one.t_host_s for one in heard] == [100, 101, 102, 103]
    assert heard[0].battery_pct is None  # not read yet
    assert there.connected == [MINE[0]] * 2
    assert strap.losses == 1
    assert strap.fresh() == []
    assert not strap._thread.is_alive()


def test_a_strap_without_a_battery_service_is_heard_too() -> None:
    there = Peripherals([MINE], [SENT], level=None)
    strap = HeartStrap(MINE[0].lower(), lambda: 1.0, there)
    strap.start()
    strap.stop()
    assert [one.battery_pct for one in strap.fresh()] == [None] * 4


def test_none_or_several_are_told_in_words() -> None:
    straps = [NearStrap(*MINE[:3]), NearStrap(*THEIRS[:3])]
    assert choose(straps, "band").address == THEIRS[0]
    assert choose(straps, MINE[0].lower()).name == MINE[1]
    with pytest.raises(HeartError, match=r"More than one .* --heart ADDRESS"):
        choose(straps, "")
    with pytest.raises(HeartError, match="No heart-rate strap answered"):
        choose([], "")
    with pytest.raises(HeartError, match="No 'other' answered"):
        choose(straps, "other")
    for near in ([], [WATCH], [MINE, THEIRS]):
        with pytest.raises(HeartError):
            HeartStrap("", lambda: 0.0, Peripherals(near)).start()


def test_a_computer_without_bluetooth_says_so() -> None:
    there = Peripherals()

    async def broken(**_: Any) -> None:
        raise bleak.exc.BleakError("no adapter")

    there.BleakScanner.discover = broken  # type: ignore[method-assign]
    with pytest.raises(HeartError, match=r"can't be used here \(no adapter\).*runs without"):
        HeartStrap("", lambda: 0.0, there).start()
    with pytest.raises(HeartError, match=r"\(no adapter\): switch it on, then look again\.$"):
        heart_strap.near(there)


def test_straps_that_are_near_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(heart_strap, "radio", lambda: Peripherals([MINE, THEIRS, WATCH]))
    assert cli.main(["devices", "--heart", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["Band", "H9 1234"]
    assert cli.main(["devices", "--heart"]) == 0
    assert "A0:B1:C2:D3:E4:F5  H9 1234  -50 dBm" in capsys.readouterr().out
    monkeypatch.setattr(heart_strap, "radio", lambda: Peripherals([WATCH]))
    assert cli.main(["devices", "--heart"]) == 0
    assert "No heart-rate strap found" in capsys.readouterr().out


class Told:
    """A strap that says so each second of the link's clock, once it is asked."""

    def __init__(self, now_s, silent: tuple[float, float]):
        self.now_s, self.next_s, self.silent = now_s, now_s(), silent
        self.begun_s: float | None = None

    def fresh(self) -> list[heart_strap.Heard]:
        out, now_s = [], self.now_s()
        self.begun_s = now_s if self.begun_s is None else self.begun_s
        while self.next_s <= now_s:
            after_s = self.next_s - self.begun_s
            if not self.silent[0] < after_s < self.silent[1]:
                data = value(80 + round(after_s), contact=True)
                out.append(heart_strap.Heard(self.next_s, data, 55))
            self.next_s += 1.0
        return out


@pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")
def test_a_session_keeps_the_rate_beside_each_trial_and_its_page_shows_it(tmp_path: Path) -> None:
    with lab(tmp_path, hold_s=12.0) as here:
        here.protocol = replace(here.protocol, conditions=here.protocol.conditions[:1])
        told = Told(here.link.timing.now_s, (4.2, 10.2))
        outcome, _ = here.run(heart=told)
    assert outcome.error is None
    result, _ = score_folder(here.out, given_protocol=str(here.path))
    entry = result["trials"][0]["heart"]
    assert entry["by"] == "host"
    assert 80 < entry["mean_bpm"] < 95
    assert (entry["gaps"], entry["contact_share"], entry["battery_pct"]) == (1, 1.0, 55)
    assert entry["missing_s"] == pytest.approx(7.0, abs=0.1)
    decoded = read(outcome.recordings[0])
    assert decoded.head["heart"] is True
    assert decoded.heart is None  # the board had none of its own
    page = render_report(result)
    assert "<h2>Heart rate</h2>" in page
    assert f"mean {entry['mean_bpm']:.0f}, peak {entry['peak_bpm']} beats a minute" in page
    assert "none is judged" in page


def test_a_test_without_a_strap_goes_on_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(heart_strap, "radio", lambda: Peripherals([WATCH]))
    assert record_command.heart_strap(Namespace(heart=""), lambda: 0.0, said.append) is None
    assert len(said) == 1
    assert "runs without" in said[0]
    assert record_command.heart_strap(Namespace(heart=None), lambda: 0.0, said.append) is None
    monkeypatch.setattr(heart_strap, "radio", lambda: Peripherals([MINE], [SENT]))
    strap = record_command.heart_strap(Namespace(heart="h9 1234"), lambda: 0.0, said.append)
    assert strap is not None
    strap.stop()
    assert said[1].startswith("Heart rate: A0:B1")


def test_what_was_noted_comes_back_on_the_recordings_clock() -> None:
    heard = [heart_strap.Heard(500.0 + k, data, None if k < 2 else 77) for k, data in enumerate(SENT)]
    notes = [note_frame(heart.NOTE, heart.note_of(one)) for one in heard]
    got = decode(b"".join([*notes, note_frame(heart.NOTE, {"t_host_s": 504.0, "value": "no hex"})]))
    pings = [Ping(k, 499.0 + k, 499.001 + k, 1_000_000 * k, 1_000_000 * k + 500) for k in range(8)]
    mapped = clock.fit(pings)
    assert mapped is not None
    told = heart.heard(got, 0.0, mapped)
    assert told is not None
    assert told.t_s == pytest.approx([1.0, 2.0, 3.0, 4.0], abs=0.01)
    assert told.bpm.tolist() == [70, 71, 72, 73]
    assert (told.by, told.battery_pct, told.unreadable) == ("host", 77, 1)
    assert heart.heard(got, 0.0, None) is None
