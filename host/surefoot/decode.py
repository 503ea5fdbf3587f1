# SPDX-License-Identifier: MIT
"""A recording's bytes in; samples on their index, gaps, counters and notes out. No Python per sample."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import wire
from .decode_time import near, status_of
from .frames import Block, Row, object_in, outside, scan
from .unframe import Bytes, Ints

_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Gap:
    """Samples that are missing: `cause` as the device named it, or "link" where nothing named it."""

    first: int
    count: int
    cause: str


@dataclass(frozen=True)
class Samples:
    """One stream: `index` int64[n] rising, `counts` [n, width]; `frame_tick`, of each frame's first, is unwrapped."""

    name: str
    rate_hz: float
    index: Ints
    counts: npt.NDArray[np.uint16] | npt.NDArray[np.int16] | npt.NDArray[np.uint8]
    frame_index: Ints
    frame_tick: Ints
    tick_ns: int
    gaps: tuple[Gap, ...]
    expected: int

    @property
    def lost(self) -> int:
        return self.expected - len(self.index)

    @property
    def lost_share(self) -> float:
        return self.lost / self.expected if self.expected else 0.0


class Event(NamedTuple):
    t_us: int
    code: str
    text: str


class Ping(NamedTuple):
    """Host seconds at sending and receiving, device microseconds between them."""

    nonce: int
    sent_s: float
    received_s: float
    rx_us: int
    tx_us: int


@dataclass(frozen=True)
class Decoded:
    """One trial as received. Device times are microseconds since boot, unwrapped.

    `heart`: a strap's measurements where the board had one, a tick each; beside `samples`, for what is missing of it
    says nothing of the recording.
    """

    schema: dict[str, Any]
    config: dict[str, Any]
    samples: dict[str, Samples]
    status: dict[str, Ints]
    events: tuple[Event, ...]
    pings: tuple[Ping, ...]
    end: dict[str, int] | None
    notes: tuple[dict[str, Any], ...]
    text: bytes
    bad_frames: int
    repeated: int
    sessions: int
    heart: Samples | None = None

    @property
    def complete(self) -> bool:
        return self.end is not None

    @property
    def head(self) -> dict[str, Any]:
        return next((note for note in self.notes if note.get("note") == "head"), {})


def _missing(starts: Ints, sizes: Ints, expected: int, told: Iterable[tuple[int, int, str]]) -> tuple[Gap, ...]:
    """The ranges no frame covers, each piece with the cause that the device told, or "link"."""
    edge_low = np.concatenate(([0], starts + sizes))
    edge_high = np.concatenate((starts, [expected]))
    holes = np.flatnonzero(edge_high > edge_low)
    known = sorted(set(told))
    gaps: list[Gap] = []
    for low, high in zip(edge_low[holes].tolist(), edge_high[holes].tolist(), strict=True):
        at = low
        for first, count, cause in known:
            begin, stop = max(first, at), min(first + count, high)
            if begin >= stop:
                continue
            if begin > at:
                gaps.append(Gap(at, begin - at, "link"))
            gaps.append(Gap(begin, stop - begin, cause))
            at = stop
        if at < high:
            gaps.append(Gap(at, high - at, "link"))
    return tuple(gaps)


def _stream(
    stream: Mapping[str, Any],
    rate_hz: float,
    tick_ns: int,
    blocks: list[Block],
    told: list[tuple[int, int, str]],
    ended_at: int,
) -> tuple[Samples, Ints, int]:
    """Samples of one stream in index order, the file order of its frames, and how many frames came twice."""
    width, kind = stream["n"], {"u12": "<u2", "i16": "<i2", "u8": "u1"}[stream["pack"]]
    index, tick, n, order = (np.concatenate([*(block[i] for block in blocks), _NONE]) for i in range(4))
    sort = np.lexsort((order, index))
    start = index[sort]
    fresh = np.ones(len(sort), bool)
    reach = np.maximum.accumulate(start + n[sort]) if len(sort) else start
    fresh[1:] = start[1:] >= reach[:-1]
    chosen = sort[fresh]
    sizes, starts = n[chosen], start[fresh]
    first = np.concatenate(([0], np.cumsum(sizes)))
    place = np.full(len(index), -1, np.int64)
    place[chosen] = first[:-1]
    counts = np.empty((int(first[-1]), width), kind)
    at = 0
    for block in blocks:
        places = place[at : at + len(block.n)]
        at += len(block.n)
        begins = np.cumsum(block.n) - block.n
        to = np.repeat(places - begins, block.n) + np.arange(len(block.counts))
        if (places < 0).any():
            used = np.repeat(places >= 0, block.n)
            counts[to[used]] = block.counts[used]
        else:
            counts[to] = block.counts
    index = np.repeat(starts - first[:-1], sizes) + np.arange(len(counts))
    tick, wrap = tick[chosen], stream["wrap"]
    if len(tick):
        near = tick[0] + np.round((starts - starts[0]) * (1e9 / rate_hz / tick_ns)).astype(np.int64)
        tick = tick + np.round((near - tick) / wrap).astype(np.int64) * wrap
    ends = [ended_at, *(f + c for f, c, _ in told), *(starts[-1:] + sizes[-1:]).tolist()]
    expected = max(ends)
    gaps = _missing(starts, sizes, expected, told)
    samples = Samples(stream["name"], rate_hz, index, counts, starts, tick, tick_ns, gaps, expected)
    return samples, order[chosen], len(sort) - len(chosen)


def _unwrapped(ticks: int, wraps: int, wrap: int) -> int:
    return wraps * wrap + ticks


def _config(rows: list[Row], notes: list[Row]) -> tuple[dict[str, Any], int]:
    """The configuration that the samples were taken under, and how many different ones started a stream.

    Where the frame itself was lost, the host's note of the device's answer stands in.
    """
    found = [value for row in rows if (value := object_in(row.body))]
    noted = [note["config"] for note in _notes(notes) if note.get("note") == "config" and "config" in note]
    streaming = [value for value in found if value.get("streaming")] or noted
    sessions = {(value.get("id"), value.get("boot"), value.get("session")) for value in streaming}
    chosen = streaming or found
    return (chosen[-1] if chosen else {}), len(sessions)


def _notes(rows: list[Row]) -> tuple[dict[str, Any], ...]:
    return tuple(note for row in rows if (note := object_in(row.body)))


def _readable(theirs: Mapping[str, Any]) -> bool:
    """Whether its frames can be read: each kind is one of ours, laid out as ours or as a beginning of it."""
    ours = {number: (name, fields) for number, name, fields in wire.TABLE["kinds"]}
    kinds = theirs.get("kinds")
    streams = theirs.get("streams")
    if not isinstance(kinds, list) or not streams or streams != wire.TABLE["streams"][: len(streams)]:
        return False
    for number, name, fields in kinds:
        our_name, our_fields = ours.get(number, ("", ""))
        if name != our_name or not (our_fields + " ").startswith((fields + " ").lstrip()):
            return False
    return True


def _schema(told: list[bytes]) -> bytes:
    """The announced schema that the frames are read by: ours unless only another was told that we can read, an older
    one say; of any other nothing can be read, so its frames stay unread and are counted."""
    if wire.SCHEMA in told:
        return wire.SCHEMA
    theirs = [body for body in told if _readable(object_in(body))]
    return theirs[-1] if theirs else wire.SCHEMA


def decode(raw: bytes | Bytes) -> Decoded:
    """Decode a whole recording. Never raises on damage: what could not be read is counted in `bad_frames`."""
    data = np.frombuffer(raw, np.uint8) if isinstance(raw, bytes | bytearray | memoryview) else raw
    table, seed = wire.TABLE, wire.SEED
    control, blocks, bad = scan(data, table, seed)
    schema = _schema([row.body for row in control["SCHEMA"]])
    if schema != wire.SCHEMA:
        table, seed = json.loads(schema), wire.crc24(schema, len(schema), wire.CRC_INIT)
        control, blocks, bad = scan(data, table, seed)
    wrap = table["tick_wrap"]
    config, sessions = _config(control["CONFIG"], control["NOTE"])
    end_row = control["END"][-1] if control["END"] else None
    end = dict(end_row.fields) if end_row else None
    rates = {"cells": float(config.get("rate_hz", 100)), "imu": float(config.get("imu_odr_hz", 104))}
    samples: dict[str, Samples] = {}
    places: dict[str, Ints] = {}
    repeated = 0
    for stream in table["streams"]:
        name = stream["name"]
        told = [
            (row.fields["first"], row.fields["count"], _word(table["causes"], row.fields["cause"]))
            for row in control["GAP"]
            if row.stream == stream["id"]
        ]
        ended_at = end.get(name, 0) if end else 0
        tick_ns = int(config.get(f"{name}_tick_ns", stream["tick_ns"]))  # another IMU has another clock
        made = _stream(stream, rates.get(name, 1.0), tick_ns, blocks[stream["id"]], told, ended_at)
        samples[name], places[name], twice = made
        repeated += twice
    status = status_of(control["STATUS"], wrap)
    heart, beats_at = samples.pop("heart", None), places.pop("heart", _NONE)
    samples, tick_at = _on_boot_time(samples, places, control, status, wrap)
    if heart is not None:
        ticks = [
            near(*both, wrap) for both in zip(heart.frame_tick.tolist(), map(tick_at, beats_at.tolist()), strict=True)
        ]
        heart = replace(heart, frame_tick=np.array(ticks, np.int64)) if len(heart.index) else None
    pings = _pings(control, wrap)
    events = tuple(
        Event(
            near(row.fields["t_us"], tick_at(row.order), wrap), _word(table["events"], row.fields["code"]), _text(row)
        )
        for row in control["EVENT"]
    )
    text, bad_frames = outside(data, bad)
    return Decoded(
        table,
        config,
        samples,
        status,
        events,
        pings,
        end,
        _notes(control["NOTE"]),
        text,
        bad_frames,
        repeated,
        sessions,
        heart,
    )


def _word(words: list[str], code: int) -> str:
    return words[code] if code < len(words) else f"code {code}"


def _text(row: Row) -> str:
    return row.body.decode("utf-8", "replace")


def _on_boot_time(samples, places, control, status, wrap):
    """Shift the cells' ticks by whole wraps so that they count from boot, as STATUS and PONG do."""
    cells, order = samples["cells"], places["cells"]
    anchors = [(int(o), int(t)) for o, t in zip(status.get("order", ()), status.get("t_us", ()), strict=True)]
    anchors += [(row.order, _unwrapped(row.fields["tx_us"], row.fields["wraps"], wrap)) for row in control["PONG"]]

    def tick_at(place: int) -> int:
        if not len(order):
            return anchors[0][1] if anchors else 0
        return int(ticks[max(int(np.searchsorted(order, place)) - 1, 0)])

    ticks = cells.frame_tick
    if anchors and len(ticks):
        inside = [anchor for anchor in anchors if anchor[0] >= order.min()] or anchors[-1:]
        shift = round((inside[0][1] - tick_at(inside[0][0])) / wrap) * wrap
        ticks = ticks + shift
        moved = Samples(**{**cells.__dict__, "frame_tick": ticks})
        samples = {**samples, "cells": moved}
    return samples, tick_at


def _pings(control: Mapping[str, list[Row]], wrap: int) -> tuple[Ping, ...]:
    sent = {note["nonce"]: note for note in _notes(control["NOTE"]) if note.get("note") == "ping"}
    out: list[Ping] = []
    for row in control["PONG"]:
        f = row.fields
        note = sent.get(f["nonce"])
        if note:
            tx = _unwrapped(f["tx_us"], f["wraps"], wrap)
            out.append(Ping(f["nonce"], note["sent_s"], note["received_s"], tx - (f["tx_us"] - f["rx_us"]) % wrap, tx))
    return tuple(out)
