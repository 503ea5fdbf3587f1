# SPDX-License-Identifier: MIT
"""A board whose update is cut at every single step still starts one whole version, and a repeat completes it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flashing import sources
from surefoot.device import bundle, install, onboard
from surefoot.device.bundle import Bundle, Module
from surefoot.errors import InstallError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no MicroPython with a filesystem of its own on Windows")

# The folder becomes the whole filesystem, and `os` ends the program at its nth change of a file.
PRELUDE = """
import os, sys
os.umount("/")
os.mount(os.VfsPosix({root!r}), "/")
os.chdir("/")
class Os:
    left = {left}
    def __getattr__(self, name):
        real = getattr(real_os, name)
        def counted(*args):
            if Os.left == 0:
                print("CUT")
                sys.exit()
            Os.left -= 1
            return real(*args)
        return counted if name in ("rename", "remove", "rmdir", "mkdir") else real
real_os = os
sys.modules["os"] = Os()
"""


class Cut(Exception):
    """The power went."""


class Folder:
    """A board's files in a folder, changed by the real programs in a real MicroPython until `left` is used up."""

    def __init__(self, root: Path, micropython: list[str], left: int = 10**6):
        self.root, self.left, self.changes = root, left, 0
        self._micropython = micropython

    def run(self, program: str) -> str:
        before = self._seen()
        command = [*self._micropython, "-c", PRELUDE.format(root=str(self.root), left=self.left) + program]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        if done.stdout.endswith("CUT\n"):
            raise Cut
        assert "Traceback" not in done.stderr, done.stderr
        self._spend(len(before ^ self._seen()))  # at least one of each change: the count need not be exact, only fall
        return done.stdout

    def copy(self, files: Sequence[Path], folder: str, on_file: Callable[[str], None] | None = None) -> None:
        for path in files:
            if on_file:
                on_file(path.name)
            target = self.root / folder.strip(":/") / path.name
            data = path.read_bytes()
            for part in (data[:0], data[: len(data) // 2], data):  # a file is opened, then grows
                if not self.left:
                    raise Cut
                target.write_bytes(part)
                self._spend(1)

    def _spend(self, n: int) -> None:
        self.left = max(0, self.left - n)
        self.changes += n

    def _seen(self) -> set[str]:
        return {str(path) for path in self.root.rglob("*")}


class Silent:
    def step(self, words: str) -> None: ...

    def share(self, share: float) -> None: ...


def made(version: str) -> Bundle:
    """Four files that need no compiler, one of them the same in every version."""
    names = {"program.mpy": b"program" * 60, "part.mpy": b"part", "extra.mpy": b"extra" * 900}
    files = {name: version.encode() + data for name, data in names.items()} | {"same.mpy": b"same" * 99}
    return Bundle("x64", version, tuple(Module(name, data, 1) for name, data in files.items()))


OLD, NEW = made("0.1.0"), made("0.2.0")


def put(board: Folder, what: Bundle, profile: bytes | None = None) -> int:
    state = onboard.read_state(board.run(onboard.LOOK))
    return install._change(board, state, what, profile, Silent())  # type: ignore[arg-type]


def starts(root: Path) -> str | None:
    """The version that main.py starts, which has to be there whole; None where there is no main.py."""
    main = root / "main.py"
    if not main.exists():
        return None
    named = re.search(r'"/(fw_[ab])"', main.read_text())
    assert named, main.read_text()
    there = {path.name: path.read_bytes() for path in (root / named[1]).iterdir() if path.name != "profile.new"}
    (version,) = [what.version for what in (OLD, NEW) if what.files == there]
    return version


@pytest.fixture
def board(tmp_path: Path, micropython: list[str]) -> Folder:
    root = tmp_path / "flash"
    root.mkdir()
    (root / "boots.txt").write_text("7")
    (root / "calibration").mkdir()
    (root / "calibration" / "mine.json").write_text("{}")
    return Folder(root, micropython)


def kept(root: Path) -> bool:
    return (root / "boots.txt").read_text() == "7" and (root / "calibration" / "mine.json").exists()


def test_old_to_new_and_back(board: Folder):
    assert put(board, OLD, b"{}") == 7
    assert starts(board.root) == "0.1.0"
    assert put(board, OLD, b"{}") == 0
    assert put(board, NEW) == 6
    assert starts(board.root) == "0.2.0"
    assert put(board, OLD) == 6
    assert starts(board.root) == "0.1.0"
    assert (board.root / "profile.json").read_bytes() == b"{}"
    assert sorted(path.name for path in board.root.iterdir()) == [
        "boots.txt", "calibration", "fw_a", "main.py", "profile.json",
    ]  # fmt: skip
    assert kept(board.root)


def test_a_new_profile_alone(board: Folder):
    put(board, OLD, b"{}")
    assert put(board, OLD, b'{"name": "other"}') == 1
    assert (board.root / "profile.json").read_bytes() == b'{"name": "other"}'
    assert starts(board.root) == "0.1.0"
    assert not (board.root / "fw_b").exists()


@pytest.mark.parametrize("first", [True, False])
def test_cut_at_every_change(board: Folder, first: bool, tmp_path: Path):
    """Power goes after each number of changes in turn, and a second time in the repeat."""
    if not first:
        put(board, OLD, b"{}")
    start = tmp_path / "start"
    shutil.copytree(board.root, start)
    whole = Folder(board.root, board._micropython)
    put(whole, NEW, b'{"name": "new"}')
    assert whole.changes > 20
    seen = set()
    for left in range(whole.changes + 1):
        shutil.rmtree(board.root)
        shutil.copytree(start, board.root)
        cut = 0
        for again in (left, left // 2):
            board.left = again
            try:
                put(board, NEW, b'{"name": "new"}')
            except Cut:
                cut += 1
            seen.add(starts(board.root))
            profile = board.root / "profile.json"
            assert starts(board.root) is None or profile.exists()
        board.left = 10**6
        put(board, NEW, b'{"name": "new"}')
        assert starts(board.root) == "0.2.0", left
        assert profile.read_bytes() == b'{"name": "new"}'
        assert kept(board.root)
        assert not (set(os.listdir(board.root)) & {"main.new", "profile.new"})
        assert len([name for name in os.listdir(board.root) if name.startswith("fw_")]) == 1
    assert seen == {None if first else "0.1.0", "0.2.0"}


@pytest.mark.parametrize("name", ["part.mpy", "manifest.json", "program.mpy"])
def test_a_file_that_rots_on_the_board_is_found_and_replaced_elsewhere(board: Folder, name: str):
    put(board, NEW, b"{}")
    (board.root / "fw_a" / name).write_bytes(b"rotten")
    assert put(board, NEW) == 6
    assert "/fw_b" in (board.root / "main.py").read_text()
    assert starts(board.root) == "0.2.0"


def test_a_file_that_arrives_damaged_is_copied_once_more(board: Folder, monkeypatch: pytest.MonkeyPatch):
    put(board, OLD, b"{}")
    real, times = Folder.copy, []

    def damaging(self, files, folder, on_file=None, count=1):
        real(self, files, folder, on_file)
        times.append(len(files))
        if len(times) <= count:
            (self.root / folder.strip(":/") / "part.mpy").write_bytes(b"0.2.0pert")

    monkeypatch.setattr(Folder, "copy", damaging)
    put(board, NEW)
    assert times == [6, 1]
    assert starts(board.root) == "0.2.0"
    times.clear()
    monkeypatch.setattr(Folder, "copy", lambda *args: damaging(*args, count=2))
    with pytest.raises(InstallError, match=r"part\.mpy arrived damaged twice, so the board keeps its old firmware"):
        put(board, OLD)
    assert starts(board.root) == "0.2.0"


def test_a_flat_copy_gives_way(board: Folder):
    for name in ("main.py", "part.py", "extra.mpy", "mine.py"):
        (board.root / name).write_text("VERSION = 1")
    put(board, NEW, b"{}")
    assert starts(board.root) == "0.2.0"
    assert not (board.root / "part.py").exists()
    assert not (board.root / "extra.mpy").exists()
    assert (board.root / "mine.py").exists()


def test_a_filesystem_without_room_is_refused_before_anything_is_copied(board: Folder):
    put(board, OLD, b"{}")
    told = board.run(onboard.LOOK)
    board.run = lambda program: re.sub(r'\["free", \d+\]', '["free", 20000]', told)  # type: ignore[method-assign]
    with pytest.raises(InstallError, match=r"has 19 kB free, the new version needs \d+ kB: remove files"):
        put(board, NEW)
    assert starts(board.root) == "0.1.0"


def test_answers_that_cannot_be_read():
    for text in ("", "[", '["end", 0]', '["mpy", 1]\n["end"]', "Traceback"):
        with pytest.raises(InstallError, match="can't be read"):
            onboard.read_state(text)


@pytest.mark.parametrize(
    ("mpy", "release", "part"),
    [
        (2822, '["1", "27", "0"]', r"MicroPython 1\.27\.0, this firmware needs 1\.28"),
        (6, '["1", "29", "0"]', "compiled"),
    ],
)
def test_a_micropython_that_will_not_do(mpy: int, release: str, part: str):
    lines = [f'["mpy", {mpy}]', f'["release", {release}]', '["free", 9]', '["block", 1]', '["end", 0]']
    with pytest.raises(InstallError, match=part):
        install._check_board(onboard.read_state("\n".join(lines)))


# The bundle


def test_a_bundle_is_the_same_each_time_and_says_what_is_in_it(tmp_path: Path):
    files = sources(tmp_path, "0.3.0")
    one, two = bundle.build("xtensawin", files), bundle.build("xtensawin", files)
    assert one == two
    assert one.version == "0.3.0"
    assert list(one.files) == ["fast.mpy", "program.mpy", "part.mpy", "schema.mpy", "wire.mpy", "manifest.json"]
    manifest = json.loads(one.manifest)
    assert manifest["arch"] == "xtensawin"
    assert manifest["files"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in one.files.items() if name != "manifest.json"
    }
    assert one.short_hash != bundle.build("x64", files).short_hash
    main = one.main("fw_b").decode()
    compile(main, "main.py", "exec")
    assert 'sys.path.insert(0, "/fw_b")' in main


def test_what_another_mpy_cross_makes_is_refused(tmp_path: Path):
    made = bundle.build("x64", sources(tmp_path, "0.3.0"))
    board = 6 | (2 << 2 | 3) << 8
    assert bundle.arch_of(board) == "x64"
    bundle.check_loads(made, board)
    with pytest.raises(InstallError, match=r"loads \.mpy files of version 6\.2, mpy-cross made version 6\.3"):
        bundle.check_loads(made, board - 256)
    with pytest.raises(InstallError, match=r"version 7\.3"):
        bundle.check_loads(made, board + 1)
    assert bundle.arch_of(6 | 10 << 10) == "xtensawin"
    assert bundle.arch_of(6) is None


def test_a_source_that_does_not_compile(tmp_path: Path):
    (tmp_path / "bad.py").write_text("def f(:\n")
    with pytest.raises(InstallError, match=r"bad\.py could not be compiled for x64 \(SyntaxError"):
        bundle.build("x64", [tmp_path / "bad.py"])
