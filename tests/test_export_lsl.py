# SPDX-License-Identifier: MIT
"""A board as Lab Streaming Layer outlets, read back by an inlet on this machine: the same samples at the same times."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pylsl
import pytest

from exporting import GOLDEN
from surefoot import cli, wire
from surefoot.calibration import nominal
from surefoot.care.codes import codes
from surefoot.decode import Ping
from surefoot.device.clock import usable
from surefoot.device.framer import Frame, Framer
from surefoot.output.export import live, lsl
from surefoot.output.export.values import ExportError
from surefoot.recording import MAGIC, read
from surefoot.signals import imu_map, to_signals

CHUNK = 12
WAIT_S = 5.0


class Replay:
    """A link to a board whose stream was recorded: its frames, and its pings in their order."""

    def __init__(self, path: Path = GOLDEN):
        self.decoded = read(path)
        self.config = self.decoded.config
        self.notes: list[str] = []
        self.on_ping: Any = None
        self.timing = SimpleNamespace(now_s=pylsl.local_clock)
        self.frames = [one for one in Framer().feed(path.read_bytes()[len(MAGIC) :]) if one.name in ("DATA", "STATUS")]
        self.pings = list(self.decoded.pings)
        self.stopped = False

    def start(self, rate_hz: int, frame: str) -> dict[str, Any]:
        assert (rate_hz, frame) == (100, "live")
        return self.config

    def ping(self) -> Ping | None:
        if self.pings:
            self.on_ping(self.pings.pop(0))
        return None

    def poll(self, timeout_s: float = 0.0) -> list[Frame]:
        taken, self.frames = self.frames[:CHUNK], self.frames[CHUNK:]
        return taken

    def stop(self) -> None:
        self.stopped = True

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None: ...


class Heard:
    """Inlets that were opened before the first sample was sent, and what they got."""

    def __init__(self) -> None:
        self.inlets: dict[str, pylsl.StreamInlet] = {}
        self.infos: dict[str, pylsl.StreamInfo] = {}
        self.got: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def listen(self, names: tuple[str, ...] = ("cells", "imu")) -> None:
        for name in names:
            (found,) = pylsl.resolve_byprop("name", f"surefoot-{name}", timeout=WAIT_S)
            self.inlets[name] = pylsl.StreamInlet(found, max_buflen=60)
            self.inlets[name].open_stream(timeout=WAIT_S)
            self.infos[name] = self.inlets[name].info(timeout=WAIT_S)

    def pulled(self, name: str, n: int) -> tuple[np.ndarray, np.ndarray]:
        values: list[Any] = []
        times: list[float] = []
        while len(times) < n:
            more, at = self.inlets[name].pull_chunk(timeout=WAIT_S, max_samples=n - len(times))
            assert at, f"{len(times)} of {n} samples of {name} came"
            values.extend(more or [])
            times.extend(at)
        return np.array(values), np.array(times)


@pytest.fixture(scope="module")
def sent() -> Iterator[tuple[Replay, Heard, dict[str, int]]]:
    """The recording streamed, with a listener at each outlet that has heard it to its end."""
    link, heard = Replay(), Heard()
    counts: dict[str, int] = {}
    lsl.library()

    def going() -> bool:
        if not heard.inlets:
            heard.listen()
            while link.pings:  # the whole clock is known, so that each time can be compared
                link.ping()
        if not link.frames:  # an outlet that is closed takes with it what nobody has pulled
            heard.got = {name: heard.pulled(name, n) for name, n in counts.items()}
        return bool(link.frames)

    told = lsl.stream(link, nominal(), going, on_sent=counts.update)  # type: ignore[arg-type]
    yield link, heard, told
    for inlet in heard.inlets.values():
        inlet.close_stream()


@pytest.fixture(scope="module")
def pulled(sent: tuple[Replay, Heard, dict[str, int]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return sent[1].got


def test_every_sample_arrives_once(sent: tuple[Replay, Heard, dict[str, int]], pulled: dict[str, Any]):
    link, heard, told = sent
    assert link.stopped
    assert told["cells"] == len(link.decoded.samples["cells"].index)
    # Nothing of the waist sensor goes out before its clock was read, which the board does each second.
    assert 0 < len(link.decoded.samples["imu"].index) - told["imu"] <= 1.05 * 104
    assert set(heard.inlets) == set(pulled)
    for name, (values, times_s) in pulled.items():
        assert len(values) == len(times_s) == told[name]


def test_forces_are_those_of_the_recording(sent: tuple[Replay, Heard, dict[str, int]], pulled: dict[str, Any]):
    link, _, _ = sent
    signals = to_signals(link.decoded, nominal())
    values, _ = pulled["cells"]
    assert values.shape[1] == 16
    np.testing.assert_allclose(values, signals.cell_force_n, rtol=1e-5, atol=1e-5)


def test_motion_is_that_of_the_recording(sent: tuple[Replay, Heard, dict[str, int]], pulled: dict[str, Any]):
    link, _, told = sent
    matrix, offset = imu_map(link.config, nominal())
    true = link.decoded.samples["imu"].counts[-told["imu"] :] @ matrix + offset
    np.testing.assert_allclose(pulled["imu"][0], true, rtol=1e-5, atol=1e-5)


def test_times_are_those_of_the_clock_model(sent: tuple[Replay, Heard, dict[str, int]], pulled: dict[str, Any]):
    link, _, told = sent
    signals = to_signals(link.decoded, nominal())
    made = usable(link.decoded.pings)[0]
    assert made is not None
    true_s = made.to_host_s(signals.t0_us + 1e6 * signals.t_s)
    _, times_s = pulled["cells"]
    # The clock of the link is LSL's own here; between them is what passes from reading one to reading the other.
    assert np.abs(times_s - true_s).max() < made.bound_s + 0.002
    assert np.diff(times_s).min() > 0.005
    _, waist_s = pulled["imu"]
    assert np.median(np.diff(waist_s)) == pytest.approx(1 / 104, rel=0.01)
    assert waist_s[0] >= times_s[0] - 0.05
    assert abs(waist_s[-1] - times_s[-1]) < 0.1
    rate_hz = (told["imu"] - 1) / (waist_s[-1] - waist_s[0])
    assert rate_hz == pytest.approx(
        len(link.decoded.samples["imu"].index) / len(signals.t_s) * signals.rate_hz, rel=2e-3
    )


def test_the_stream_says_what_it_is(sent: tuple[Replay, Heard, dict[str, int]]):
    _, heard, _ = sent
    for name, rows in lsl.channels().items():
        info = heard.infos[name]
        assert (info.name(), info.channel_count()) == (f"surefoot-{name}", len(rows))
        assert info.nominal_srate() == {"cells": 100, "imu": 104}[name]
        channel = info.desc().child("channels").child("channel")
        for label, unit in rows:
            assert (channel.child_value("label"), channel.child_value("unit")) == (label, unit)
            assert unit in codes().units
            channel = channel.next_sibling()
        made = info.desc().child("acquisition")
        assert made.child_value("calibration") == nominal().id
        assert made.child_value("nominal") == "true"
    assert [unit for _, unit in lsl.channels()["imu"]] == ["m/s2"] * 3 + ["deg/s"] * 3
    assert {unit for _, unit in lsl.channels()["cells"]} == {"N"}


def test_lost_samples_are_not_sent_and_leave_a_gap():
    link = Replay()
    samples = lsl.Samples(link.config, nominal())
    for ping in link.decoded.pings:
        samples.ping(ping)
    data = [one for one in link.frames if one.name == "DATA" and one.stream == wire.CELLS]
    kept = [*data[:20], *data[35:60]]
    whole, broken = samples.take(data[:60]), samples.take(kept)
    (name,) = whole
    lost = sum(one.fields["n"] for one in data[20:35])
    assert len(whole[name][0]) - len(broken[name][0]) == lost
    assert np.isin(broken[name][0], whole[name][0]).all()
    assert np.diff(broken[name][0]).max() == pytest.approx((lost + 1) / 100, rel=0.01)


def test_nothing_is_sent_before_the_clock_is_known():
    link = Replay()
    samples = lsl.Samples(link.config, nominal())
    assert samples.bound_s == float("inf")
    assert samples.take(link.frames) == {}
    samples.ping(link.decoded.pings[0])
    assert samples.bound_s < 0.1


def test_an_insole_that_is_not_plugged_in_is_no_zero():
    link = Replay()
    samples = lsl.Samples(link.config | {"left": False}, nominal())
    samples.ping(link.decoded.pings[0])
    values = samples.take(link.frames[:40])["cells"][1]
    assert np.isnan(values[:, :8]).all()
    assert np.isfinite(values[:, 8:]).all()


def test_the_command_streams_until_its_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    now = iter(np.arange(0, 1000, 0.25))
    link = Replay()
    link.timing = SimpleNamespace(now_s=lambda: float(next(now)))
    monkeypatch.setattr("surefoot.device.link.open_link", lambda port: link)
    words = ["export", "--to", "lsl", "--port", "here", "--seconds", "8", "--data", str(tmp_path), "--json"]
    assert cli.main(words) == 0
    told = capsys.readouterr()
    sent_now = json.loads(told.out)["sent"]
    assert sent_now["cells"] > 0
    assert "Streaming surefoot-imu (6 channels) and surefoot-cells (16 channels)" in told.err
    assert "on this computer alone" in told.err
    assert "unless a firewall refuses" in told.err  # its data ports listen at every address, as liblsl has it
    assert "no newtons will be shown" in told.err
    assert link.stopped
    assert "everybody on this network" in live._streaming(True)


def test_without_its_library_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(ExportError, match="Lab Streaming Layer needs pylsl, which isn't installed: pip install"):
        lsl.library()
    assert cli.main(["export", "--to", "lsl", "--port", "/dev/none"]) == 1
    assert "pip install 'surefoot[export]'" in capsys.readouterr().err
