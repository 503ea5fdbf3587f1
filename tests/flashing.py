# SPDX-License-Identifier: MIT
"""What the tests of flash and update share: MicroPython images, a small firmware, a stand-in for esptool."""

from __future__ import annotations

import hashlib
import shutil
import stat
import struct
import sys
from functools import reduce
from operator import xor
from pathlib import Path

from surefoot.device.partitions import APP_AT, TABLE_AT, TABLE_BYTES
from surefoot.resources import data_dir

CHIP_IDS = {"esp32": 0, "esp32s3": 9, "esp32c3": 5}
BOOT_AT = {"esp32": 0x1000, "esp32s3": 0, "esp32c3": 0}


def binary(chip: str, first: bytes, hashed: bool = True) -> bytes:
    """One ESP-IDF image of two segments."""
    segments = [first, bytes(range(256)) * 3]
    head = struct.pack(
        "<BBBBIB3sHBHH4sB", 0xE9, 2, 2, 0x20, 0x40080000, 0xEE, b"", CHIP_IDS[chip], 0, 0, 399, b"", hashed
    )
    body = head + b"".join(struct.pack("<II", 0x3F400020, len(data)) + data for data in segments)
    total = reduce(xor, b"".join(segments), 0xEF)
    body = body.ljust((len(body) | 15), b"\0") + bytes([total])
    return body + (hashlib.sha256(body).digest() if hashed else b"")


def app(
    chip: str = "esp32", banner: str = "MicroPython v1.29.0 on 2026-08-29; Generic ESP32", pad: int = 4000
) -> bytes:
    described = struct.pack("<II8x32s32s", 0xABCD5432, 0, b"v1.29.0", b"micropython").ljust(256, b"\0")
    return binary(chip, described + banner.encode() + b"\0" * pad)


def image(chip: str = "esp32", table: bytes = b"", **more) -> bytes:
    """A whole image as micropython.org has it: bootloader, partition table, application."""
    boot = binary(chip, b"bootloader" * 20)
    data = boot.ljust(TABLE_AT - BOOT_AT[chip], b"\xff") + (table or stock_table()).ljust(TABLE_BYTES, b"\xff")
    return data.ljust(APP_AT - BOOT_AT[chip], b"\xff") + app(chip, **more)


def stock_table() -> bytes:
    """MicroPython's own table for 4 MB and more, which leaves the filesystem to its first start."""
    from esp_idf_defs import PartitionTable

    return PartitionTable.from_csv(
        "nvs, data, nvs, 0x9000, 0x6000,\nphy_init, data, phy, 0xf000, 0x1000,\n"
        "factory, app, factory, 0x10000, 0x210000,\n"
    ).to_binary()


PART = """VERSION = "{version}"\n"""
MAIN = """
import json, select, sys, time
import part, wire
VERSION = "{version}"
def main():
    with open("profile.json") as file:
        board = json.load(file)["name"]
    print("surefoot %s ready" % VERSION)
    config = {{"fw": VERSION, "part": part.VERSION, "id": "00", "board": board, "rate_hz": 100,
              "streaming": {streaming}, "log": 7 if {streaming} else 0}}
    poll, line = select.poll(), ""
    poll.register(sys.stdin, select.POLLIN)
    try:
        while True:
            while poll.poll(0):
                char = sys.stdin.read(1)
                line = "" if char == "\\n" else line + char
                if line == "info":
                    sys.stdout.buffer.write(b"\\0" + wire.schema_frame())
                    body = json.dumps(config).encode()
                    sys.stdout.buffer.write(wire.build(wire.KINDS["CONFIG"], 0, (), body, wire.SEED))
            time.sleep_ms(2)
    except KeyboardInterrupt:
        print("stopped")
if __name__ == "__main__":
    main()
"""


def sources(folder: Path, version: str, streaming: bool = False) -> list[Path]:
    """A firmware of four files that answers `info`; `main` and `part` each know the version."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text(MAIN.format(version=version, streaming=streaming))
    (folder / "part.py").write_text(PART.format(version=version))
    (folder / "fast.py").write_bytes((data_dir("firmware") / "fast.py").read_bytes())
    for name in ("schema.py", "wire.py"):
        shutil.copyfile(Path(sys.modules["surefoot"].__file__ or "").with_name(name), folder / name)
    return sorted(folder.glob("*.py"))


ESPTOOL = """#!{python}
import json, os, shutil, sys
from pathlib import Path
place = Path({place!r})
words = sys.argv[1:]
with open(place / "calls", "a") as calls:
    calls.write(json.dumps(words) + chr(10))
state = json.loads((place / "state.json").read_text())
if words == ["version"]:
    print("esptool v" + state["version"])
    print(state["version"])
    sys.exit(0)
print("esptool v" + state["version"])
chip = words[words.index("--chip") + 1]
if chip != state["chip"]:
    print("A fatal error occurred: This chip is " + state["chip"] + ", not " + chip + ". Wrong --chip argument?")
    sys.exit(2)
steps = ("flash-id", "read-flash", "erase-region", "write-flash")
step = next(word for word in words if word.replace("_", "-") in steps)
if state["fail"] == step:
    print("A fatal error occurred: Failed to connect to ESP32: No serial data received.", file=sys.stderr)
    sys.exit(2)
rest = words[words.index(step) + 1 :]
flash = place / "flash.bin"
data = bytearray(flash.read_bytes()) if flash.exists() else bytearray(b"\\xff" * (state["mb"] << 20))
if step.startswith("flash"):
    print("Detected flash size: %dMB" % state["mb"])
elif step.startswith("read"):
    at, size = int(rest[0], 0), int(rest[1], 0)
    Path(rest[2]).write_bytes(data[at : at + size])
elif step.startswith("erase"):
    at, size = int(rest[0], 0), int(rest[1], 0)
    data[at : at + size] = b"\\xff" * size
    for path in Path(state["vfs"]).iterdir():  # the folder that is the virtual board's filesystem
        shutil.rmtree(path) if path.is_dir() else path.unlink()
else:
    for at, name in zip(rest[2::2], rest[3::2]):
        at, part = int(at, 0), Path(name).read_bytes()
        print("Writing at 0x%x... (50 %%)" % at)
        if state["fail"] == "midway":
            part = part[: len(part) // 3]
        data[at : at + len(part)] = part
flash.write_bytes(data)
if state["fail"] == "midway" and step.startswith("write"):
    os.kill(os.getpid(), 9)
"""


def fake_esptool(place: Path) -> Path:
    """A folder for PATH whose `esptool` does to files in `place` what the real one does to a board."""
    folder = place / "bin"
    folder.mkdir(parents=True)
    script = folder / "esptool"
    script.write_text(ESPTOOL.format(python=sys.executable, place=str(place)))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder
