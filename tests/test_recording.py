# SPDX-License-Identifier: MIT
"""The file: appended to, never overwritten, readable wherever it was cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import session
from surefoot.errors import RecordingError
from surefoot.recording import Recorder, note_frame, read

HEAD = {"person": "P001", "protocol": {"id": "quiet-stance", "version": 1}, "condition": "eyes-open", "trial": 1}


def written(path, pieces):
    with Recorder(path, HEAD) as recorder:
        for piece in pieces:
            if isinstance(piece, bytes):
                recorder.write(piece)
            else:
                recorder.note(*piece[:1], **piece[1])
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 20_000), max_size=20))
def test_notes_never_break_a_frame_however_the_bytes_arrive(tmp_path_factory, cuts):
    made = session(1.0)
    edges = sorted({0, len(made.data), *(cut % len(made.data) for cut in cuts)})
    pieces: list = []
    for low, high in pairwise(edges):
        pieces += [made.data[low:high], ("cue", {"t_host_s": float(low), "text": "Zoë closes her eyes 张"})]
    decoded = read(written(tmp_path_factory.mktemp("r") / "a.sfr", pieces))
    assert decoded.bad_frames == 0
    np.testing.assert_array_equal(decoded.samples["cells"].counts, made.cells)
    assert [note["t_host_s"] for note in decoded.notes if note["note"] == "cue"] == [float(low) for low in edges[:-1]]
    assert decoded.head["person"] == "P001"
    assert decoded.head["format"] == 1


def test_a_recording_cut_at_any_byte_can_be_read(tmp_path):
    whole = written(tmp_path / "whole.sfr", [session(0.2).data]).read_bytes()
    cut = tmp_path / "cut.sfr"
    before = 0
    for size in range(1, len(whole) + 1):
        cut.write_bytes(whole[:size])
        decoded = read(cut)
        now = sum(len(s.index) for s in decoded.samples.values())
        assert now >= before
        before = now
    assert before == 20 + 20


def test_a_frame_cut_by_an_unplugged_cable_is_counted_not_hidden(tmp_path):
    made = session(0.5)
    path = written(tmp_path / "a.sfr", [made.data[:-10], ("stop", {"t_host_s": 1.0, "reason": "unplugged"})])
    decoded = read(path)
    assert decoded.bad_frames == 1
    assert not decoded.complete
    assert decoded.notes[-1]["reason"] == "unplugged"


def test_a_flood_without_an_end_keeps_the_notes_behind_it(tmp_path):
    flood = b"\xff" * 70_000
    path = written(tmp_path / "a.sfr", [flood, ("cue", {"t_host_s": 1.0, "cue": "start"}), session(0.2).data])
    decoded = read(path)
    assert [note["cue"] for note in decoded.notes if note["note"] == "cue"] == ["start"]
    assert flood in path.read_bytes()
    assert decoded.samples["cells"].lost == 0


def test_recordings_are_never_overwritten(tmp_path):
    written(tmp_path / "a.sfr", [])
    with pytest.raises(RecordingError, match="never overwritten"):
        Recorder(tmp_path / "a.sfr", HEAD)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"time,force\n1,2\n", "no Surefoot recording"),
        (b"surefoot recording 1\n\0" + note_frame("head", {"format": 1}) + note_frame("head", {"format": 9}), None),
    ],
)
def test_what_is_no_recording_is_said(tmp_path, content, words):
    path = tmp_path / "a.sfr"
    path.write_bytes(content)
    if words:
        with pytest.raises(RecordingError, match=words):
            read(path)
    else:
        assert read(path).head["format"] == 1


def test_a_format_of_the_future_and_two_sessions_in_one_file_are_refused(tmp_path):
    from streams import config

    path = tmp_path / "future.sfr"
    path.write_bytes(b"surefoot recording 1\n\0" + note_frame("head", {"format": 2}))
    with pytest.raises(RecordingError, match="update surefoot"):
        read(path)
    two = written(tmp_path / "two.sfr", [session(0.2).data, config(session=2)])
    with pytest.raises(RecordingError, match="2 sessions"):
        read(two)
    with pytest.raises(RecordingError, match="can't be read"):
        read(tmp_path / "absent.sfr")


def test_a_note_too_long_for_a_frame_is_refused_in_words(tmp_path):
    with Recorder(tmp_path / "a.sfr", HEAD) as recorder, pytest.raises(RecordingError, match="shorten"):
        recorder.note("mark", text="x" * 3000)
