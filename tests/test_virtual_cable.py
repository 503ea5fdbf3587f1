# SPDX-License-Identifier: MIT
"""The virtual board's cable in lockstep: what is read is what was sent and not thrown away, whoever opened the port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import serial

from surefoot.device.virtual import cable as module
from surefoot.device.virtual.cable import Cable
from surefoot.errors import VirtualBoardError

pytest.importorskip("termios", reason="no pseudo terminals on Windows")


@pytest.fixture(params=[None, 0], ids=["pty", "tcp"])
def cable(request: pytest.FixtureRequest) -> Iterator[Cable]:
    made = Cable(115200, live=False, tcp_port=request.param, seed=1)
    made.plug()
    yield made
    made.close()


def opened(cable: Cable) -> serial.SerialBase:
    assert cable.port
    return serial.serial_for_url(cable.port.name, timeout=0.01)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were in vain."""
    real, vain = module.select.select, []

    def select(reading: Any, writing: Any, failing: Any, timeout_s: float | None = None) -> Any:
        ready = real(reading, writing, failing, timeout_s)
        if timeout_s == module.SILENT_S and not ready[0]:
            vain.append(timeout_s)
        return ready

    monkeypatch.setattr(module.select, "select", select)
    return vain


def test_what_was_sent_is_read_to_the_last_byte(cable: Cable, waits: list[float]):
    with opened(cable) as handle:
        cable.deliver(b"one", 0)
        cable.deliver(bytes(range(256)) * 40, 0)  # more than a pty holds
        assert cable.due == 3 + 10240
        assert cable.collect(handle) == b"one" + bytes(range(256)) * 40
        assert cable.due == 0
        cable.deliver(b"two", 0)
        assert cable.collect(handle) == b"two"
    assert waits == []


def test_what_opening_the_port_throws_away_is_not_waited_for(waits: list[float]):
    cable = Cable(115200, live=False, tcp_port=None, seed=1)
    cable.plug()
    for begun in range(20):
        cable.deliver(b"before", 0)
        with opened(cable) as handle:
            assert cable.collect(handle) == b""
            cable.deliver(b"after %d" % begun, 0)
            assert cable.collect(handle) == b"after %d" % begun
    cable.close()
    assert waits == []


def test_what_somebody_has_read_before_is_not_waited_for(cable: Cable, waits: list[float]):
    with opened(cable) as handle:
        cable.deliver(b"early", 0)
        assert cable.port
        cable.port.read()  # a socket is accepted only now
        cable.port.flush()
        assert handle.read(3) == b"ear"
        cable.deliver(b"late", 0)
        assert cable.collect(handle) == b"lylate"
    assert waits == []


def test_another_reader_is_named(monkeypatch: pytest.MonkeyPatch):
    cable = Cable(115200, live=False, tcp_port=None, seed=1)
    cable.plug()
    monkeypatch.setattr(module, "SILENT_S", 0.001)
    with opened(cable) as handle, opened(cable) as other:
        cable.deliver(b"for two", 0)
        real = cable.port.flush  # type: ignore[union-attr]

        def flush() -> int:
            left = real()
            other.read(100)
            return left

        monkeypatch.setattr(cable.port, "flush", flush)
        with pytest.raises(VirtualBoardError, match="close other programs that read it"):
            cable.collect(handle)
    cable.unplug()


def test_an_unplugged_cable_carries_nothing():
    cable = Cable(115200, live=False, tcp_port=None, seed=1)
    cable.deliver(b"lost", 0)
    assert cable.due == 0
    assert cable.typed(0) == b""


def test_a_rate_that_only_one_end_knows_makes_nonsense_of_both_ways():
    cable = Cable(115200, live=False, tcp_port=None, seed=1)
    cable.plug()
    with opened(cable) as handle:
        handle.baudrate = 115200
        cable.deliver(b"readable", 921600)
        said = cable.collect(handle)
        assert len(said) == 2
        assert min(said) >= 0x80
        handle.baudrate = 921600
        cable.deliver(b"readable", 921600)
        assert cable.collect(handle) == b"readable"
        handle.write(b"info\n")
        assert cable.typed(921600) == b"info\n"
    cable.unplug()
