# SPDX-License-Identifier: MIT
"""The board's self-test on the virtual board: a sound one passes, and each broken part is told by its own check."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import lockstep
from restworld import NAMES, RestWorld
from surefoot.device import doctor
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the virtual board needs pseudo terminals")
FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
Told = dict[str, tuple[str, str]]

IMU = ("imu-acc-test", "imu-gyro-test", "imu-rate", "imu-clock", "imu-axes", "imu-still", "imu-gravity")


@contextmanager
def linked(world: RestWorld, **board: Any) -> Iterator[Link]:
    with VirtualBoard(world, **board) as virtual, open_link(virtual.port, virtual.timing()) as link:
        yield link


def told(link: Link, loaded: bool = False) -> Told:
    return {found.check: (found.verdict, found.value) for found in doctor.selftest(link, loaded)}


def ask(world: RestWorld, loaded: bool = False, **board: Any) -> Told:
    with linked(world, **board) as link:
        return told(link, loaded)


def failing(found: Told) -> set[str]:
    return {check for check, (verdict, _) in found.items() if verdict == "fail"}


# A sound board


def test_a_sound_board_passes_in_four_seconds_and_is_as_it_was() -> None:
    with linked(RestWorld()) as link:
        began_s = link.timing.now_s()
        found = told(link)
        assert link.timing.now_s() - began_s < 4
        assert failing(found) == set()
        assert {check for check, (verdict, _) in found.items() if verdict == "skip"} <= {"adc", "log", "cells-open"}
        assert found["imu"] == ("ok", "LSM6DSO")
        assert {"imu-temperature", "adc-left", "adc-right", "cells-top", "cells-stuck", "cells-rest"} | set(IMU) < set(
            found
        )
        assert [float(v) for v in found["cells-noise"][1].split()] == pytest.approx([1.0] * 16, abs=0.2)
        acc = [int(v) for v in found["imu-acc-test"][1].split()[:6]]
        assert acc == pytest.approx([400] * 6, abs=1)
        assert abs(int(found["imu-gravity"][1].split()[0]) - 1003) <= 2
        config = link.start(rate_hz=100, acc_g=8)
        assert (config["acc_g"], config["streaming"], config["imu"]) == (8, True, "LSM6DSO")
        end = link.stop()
        assert end
        assert end["dropped"] == 0


def test_under_a_load_every_cell_is_felt() -> None:
    found = ask(RestWorld(loaded=True), loaded=True)
    assert failing(found) == set()
    assert found["cells-open"] == ("ok", "none")
    assert "cells-rest" not in found
    assert found["cells-noise"][0] == "skip", "a person sways: that is no noise"


def test_the_clock_of_the_imu_is_told_to_a_tenth_of_a_permille() -> None:
    for ppm in (-4000, 6000):
        found = ask(RestWorld(), faults={"imu_ppm": ppm})
        assert abs(int(found["imu-clock"][1].split()[0]) - ppm) < 100
        assert found["imu-clock"][0] == "ok"


def test_it_leaves_the_heap_as_it_found_it() -> None:
    with linked(RestWorld()) as link:
        heap = [int(told(link)["heap"][1].split()[0]) for _ in range(4)]
    assert min(heap) > 8192
    assert max(heap[1:]) - min(heap[1:]) < 1000, "only the first run leaves something: the names in it"


def test_its_verdicts_stand_in_the_configuration() -> None:
    with linked(RestWorld(fixed={"L3": 4095})) as link:
        found = told(link)
        config: Any = link.info()
    assert config["selftest"] == {check: verdict for check, (verdict, _) in found.items()}


# A broken IMU


def test_an_absent_imu_is_one_failure() -> None:
    found = ask(RestWorld(), imu=False)
    assert failing(found) == {"imu"}
    assert "who-am-I" in found["imu"][1]
    assert not set(IMU) & set(found)
    assert found["clock"][0] == found["cells-rest"][0] == "ok"


@pytest.mark.parametrize(("mg", "verdict"), [(20, "fail"), (45, "fail"), (55, "ok"), (1690, "ok"), (1720, "fail")])
def test_limits_of_the_acceleration_self_test(mg: int, verdict: str) -> None:
    found = ask(RestWorld(), faults={"push_ug": mg * 1000})
    assert found["imu-acc-test"][0] == verdict
    assert failing(found) == ({"imu-acc-test"} if verdict == "fail" else set())


@pytest.mark.parametrize(("dps", "verdict"), [(0, "fail"), (145, "fail"), (155, "ok"), (690, "ok"), (710, "fail")])
def test_limits_of_the_turn_rate_self_test(dps: int, verdict: str) -> None:
    found = ask(RestWorld(), faults={"push_ddps": dps * 10_000})
    assert found["imu-gyro-test"][0] == verdict
    assert failing(found) == ({"imu-gyro-test"} if verdict == "fail" else set())


@pytest.mark.parametrize(("axis", "name", "fails"), [
    (0, "ax", {"imu-acc-test"}), (2, "az", {"imu-acc-test", "imu-gravity"}), (4, "gy", {"imu-gyro-test"}),
])  # fmt: skip
def test_a_dead_axis_is_named(axis: int, name: str, fails: set[str]) -> None:
    found = ask(RestWorld(), faults={"dead_axes": 1 << axis})
    assert found["imu-axes"] == ("fail", name)
    assert failing(found) == fails | {"imu-axes"}


def test_an_oscillator_beyond_its_tenth_fails() -> None:
    assert "imu-clock" in failing(ask(RestWorld(), faults={"imu_ppm": 115_000}))
    assert "imu-clock" in failing(ask(RestWorld(), faults={"imu_ppm": -110_000}))


@pytest.mark.parametrize(("world", "check"), [
    ({"gravity_ug": 850_000}, "imu-gravity"), ({"gravity_ug": 1_150_000}, "imu-gravity"),
    ({"acc_ug": 60_000}, "imu-still"), ({"turn_ddps": 150_000}, "imu-still"),
])  # fmt: skip
def test_gravity_and_rest(world: dict[str, Any], check: str) -> None:
    assert check in failing(ask(RestWorld(**world)))


def test_another_imu_without_a_self_test_of_its_own_skips_it(tmp_path: Path) -> None:
    lockstep.flash(tmp_path, lockstep.replace("imu.py", "def self_test(", "def unasked("))
    found = ask(RestWorld(), flash_dir=tmp_path)
    assert failing(found) == set()
    assert found["imu-acc-test"][0] == found["imu-gyro-test"][0] == "skip"
    assert found["imu-gravity"][0] == "ok"


# Broken insoles


@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize(("bits", "fails"), [(1, {"adc-left"}), (2, {"adc-right"}), (3, {"adc-left", "adc-right"})])
def test_a_silent_converter_is_told_and_its_cells_are_not_blamed(bits: int, fails: set[str], loaded: bool) -> None:
    found = ask(RestWorld(loaded), loaded, faults={"no_adc": bits})
    assert failing(found) - {"adc"} == fails
    assert ("cells-top" in found) == (bits < 3)


def test_a_line_that_reads_zero_is_told_under_a_load_only() -> None:
    left = dict.fromkeys(NAMES[:8], 0)
    empty = ask(RestWorld(fixed=left))
    assert failing(empty) == set()
    assert empty["adc-left"][0] == "skip"
    assert failing(ask(RestWorld(True, left), loaded=True)) == {"adc-left"}


@pytest.mark.parametrize("loaded", [False, True])
def test_a_shorted_and_a_stuck_cell_are_named(loaded: bool) -> None:
    found = ask(RestWorld(loaded, {"L3": 4095, "R8": 4095, "R2": 1200}), loaded)
    assert failing(found) == {"cells-top", "cells-stuck"}
    assert found["cells-top"][1] == "L3 R8"
    assert found["cells-stuck"][1] == "R2 at 1200"


def test_an_open_cell_is_told_under_a_load_only() -> None:
    assert failing(ask(RestWorld(False, {"R5": 0}))) == set()
    found = ask(RestWorld(True, {"R5": 0}), loaded=True)
    assert failing(found) == {"cells-open"}
    assert found["cells-open"][1] == "R5"


def test_a_load_where_none_should_be_and_none_where_one_should() -> None:
    standing = ask(RestWorld(loaded=True))
    assert failing(standing) == {"cells-rest"}
    assert "L1 at 1800" in standing["cells-rest"][1].replace("1799", "1800")
    nobody = ask(RestWorld(), loaded=True)
    assert failing(nobody) == {"cells-open"}
    assert nobody["cells-open"][1] == "no load on the left and right"


def test_noise_beyond_three_counts_fails() -> None:
    found = ask(RestWorld(fixed=None, noise=9.0))
    assert failing(found) == {"cells-noise"}


# The command


def test_wrong_words_and_a_running_session_are_refused() -> None:
    def refused(link: Link, line: str) -> str:
        link.send(line)
        texts = [frame.text for frame in link.poll(1.0) if frame.name == "EVENT"]
        assert len(texts) == 1
        return texts[0]

    with linked(RestWorld()) as link:
        assert "nothing, or 'loaded'" in refused(link, "selftest now")
        link.start()
        found = doctor.selftest(link)
        link.stop()
    assert [(one.check, one.verdict) for one in found] == [("selftest", "fail")]
    assert "stop first" in found[0].value


def test_a_step_without_room_in_the_heap_fails_and_the_rest_goes_on(tmp_path: Path) -> None:
    def edit(folder: Path) -> None:
        (folder / "selfmotion.py").write_text("raise MemoryError\n")

    lockstep.flash(tmp_path, edit)
    found = ask(RestWorld(), flash_dir=tmp_path)
    assert failing(found) == {"selfmotion"}
    assert found["cells-rest"][0] == "ok"


# The log, and an IMU that goes quiet: steps as CPython sees them


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Any:
    stub: Any = ModuleType("micropython")
    stub.const = lambda value: value
    monkeypatch.setitem(sys.modules, "micropython", stub)
    monkeypatch.syspath_prepend(str(FIRMWARE))

    def load(name: str) -> Any:
        monkeypatch.delitem(sys.modules, name, raising=False)
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "gc", SimpleNamespace(collect=lambda: 0, mem_free=lambda: 9000), raising=False)
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep_ms=lambda ms: None), raising=False)
        reading = SimpleNamespace(Logs=lambda store: store, dirty=lambda store: store.dirty())
        monkeypatch.setattr(module, "once", lambda *names: reading, raising=False)
        return module

    yield load
    for name in ("selfboard", "imutest", "once"):
        sys.modules.pop(name, None)


class FakeStore:
    """Two logs of 100 and 10 bytes; the second breaks off at `short`."""

    def __init__(self, short: int = 10, free: int = 5000, error: str = ""):
        self.sizes = {1: 100, 2: 10}
        self.short, self.free, self.error = short, free, error
        self.dev = SimpleNamespace(sectors=16)

    def logs(self) -> list[tuple[int, int, int, bool]]:
        if self.error:
            raise OSError(self.error)
        return [(log, 1, size, True) for log, size in self.sizes.items()]

    def dirty(self) -> int:
        return 3

    def total(self, log: int) -> int:
        return self.sizes[log]

    def free_bytes(self) -> int:
        return self.free

    def read(self, log: int, offset: int, buf: bytearray) -> int:
        return min(len(buf), (self.short if log == 2 else self.sizes[log]) - offset)


SEEN = "2 logs, 3 of 16 sectors to erase"


@pytest.mark.parametrize(("store", "told"), [
    (None, {"log": (None, "no log on this board")}),
    (FakeStore(), {"log": (True, SEEN), "log-room": (True, "5000 bytes")}),
    (FakeStore(short=7), {"log": (False, f"{SEEN}, not whole: 2"), "log-room": (True, "5000 bytes")}),
    (FakeStore(free=0), {"log": (True, SEEN), "log-room": (False, "0 bytes")}),
    (FakeStore(error="flash fails"), {"log": (False, "flash fails")}),
])  # fmt: skip
def test_the_log(step: Any, store: FakeStore | None, told: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    step("selfboard").look(SimpleNamespace(store=store), False, lambda check, *rest: found.update({check: rest}))
    assert found.pop("heap") == (True, "9000 bytes")
    assert found == told


def test_a_self_test_without_samples_says_so(step: Any) -> None:
    quiet = SimpleNamespace(put=lambda reg, value: None, get=lambda reg: 0, read=lambda reg, buf: None)
    with pytest.raises(OSError, match="no new sample"):
        step("imutest").self_test(quiet)
