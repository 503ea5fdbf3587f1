# SPDX-License-Identifier: MIT
"""The partition table byte by byte, read back by somebody else's reader; images that are and are not MicroPython."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from esp_idf_defs import ImageMetadata, PartitionTable

from flashing import BOOT_AT, app, binary, image, stock_table
from surefoot.device import partitions
from surefoot.device.bundle import build
from surefoot.device.image import check_fits, read_image
from surefoot.device.partitions import APP_AT, MB, TABLE_AT, TABLE_BYTES, find, pack, table_for, unpack
from surefoot.errors import InstallError
from surefoot.resources import boards, profile

BLOCK = 4096

# Written down from the format's description, not computed: magic AA 50, type, subtype, offset, size (little endian),
# label in 16 bytes, flags.
ENTRIES_4MB = """
aa500102 00900000 00600000 6e76730000000000 0000000000000000 00000000
aa500101 00f00000 00100000 7068795f696e6974 0000000000000000 00000000
aa500000 00000100 00002000 666163746f727900 0000000000000000 00000000
aa500181 00002100 00800900 7666730000000000 0000000000000000 00000000
aa500106 00802a00 00801500 6c6f670000000000 0000000000000000 00000000
"""


def test_the_table_of_4_mb_byte_by_byte():
    entries = bytes.fromhex("".join(ENTRIES_4MB.split()))
    table = pack(table_for(4 * MB))
    assert len(table) == TABLE_BYTES == 0xC00
    assert table[: len(entries)] == entries
    assert table[160:176] == b"\xeb\xeb" + b"\xff" * 14
    assert table[176:192] == hashlib.md5(entries).digest()
    assert table[192:] == b"\xff" * (0xC00 - 192)


@pytest.mark.parametrize("mb", [4, 8, 16, 32])
def test_another_reader_finds_the_same_and_no_fault(mb: int):
    table = table_for(mb * MB)
    theirs = PartitionTable.from_binary(pack(table))
    theirs.verify()
    assert [(part.name, part.type, part.subtype, part.offset, part.size) for part in theirs] == [
        (part.label, part.type, part.subtype, part.offset, part.size) for part in table
    ]
    assert theirs.flash_size() == mb * MB
    assert unpack(pack(table)) == table


def test_what_is_no_table():
    table = pack(table_for(4 * MB))
    assert unpack(b"\xff" * TABLE_BYTES) is None
    assert unpack(b"") is None
    for at in (0, 5, 40, 170, 180):
        damaged = bytearray(table)
        damaged[at] ^= 1
        assert unpack(bytes(damaged)) is None, at
    theirs = unpack(stock_table())
    assert theirs is not None
    assert [part.label for part in theirs] == ["nvs", "phy_init", "factory"]
    with pytest.raises(InstallError, match="6 MB of flash: use a board with 4, 8"):
        table_for(6 * MB)


@pytest.mark.parametrize("board", boards())
def test_each_profile_has_the_log_that_its_table_makes(board: str):
    values = profile(board)
    table = table_for(values["flash_bytes"])
    assert find(table, "vfs").end == find(table, "log").offset
    if values["log"] and values["log"]["kind"] == "partition":
        assert find(table, values["log"]["label"]).size == values["log"]["bytes"]


def test_two_versions_of_the_firmware_fit_into_the_smallest_filesystem():
    files = build("xtensawin").files
    blocks = sum(-(-len(data) // BLOCK) for data in files.values())
    # littlefs: two blocks for itself and two for each folder; main.py, profile.json, boots.txt and boot.py.
    needed = 2 * (blocks + 2) + 2 + 6
    assert needed * BLOCK <= find(table_for(4 * MB), "vfs").size, f"{needed} blocks"


@pytest.fixture
def saved(tmp_path: Path):
    def save(data: bytes) -> Path:
        path = tmp_path / "micropython.bin"
        path.write_bytes(data)
        return path

    return save


@pytest.mark.parametrize("chip", ["esp32", "esp32s3", "esp32c3"])
def test_a_whole_image(saved, chip: str):
    data = image(chip)
    for at in (0, APP_AT - BOOT_AT[chip]):
        ImageMetadata.from_bytes(data[at:])  # another reader takes what these tests make for images
    read = read_image(saved(data), chip)
    assert (read.chip, read.version, read.whole, len(read.app)) == (chip, "1.29.0", True, len(app(chip)))
    table = table_for(4 * MB)
    ((at, written),) = read.parts(table)
    assert at == BOOT_AT[chip]
    inside = TABLE_AT - at
    assert written[:inside] == data[:inside]
    assert written[inside : inside + TABLE_BYTES] == pack(table)
    assert written[inside + TABLE_BYTES :] == data[inside + TABLE_BYTES :]


def test_an_application_alone(saved):
    read = read_image(saved(app()), "esp32")
    assert not read.whole
    table = table_for(4 * MB)
    assert read.parts(table) == [(TABLE_AT, pack(table)), (APP_AT, app())]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "no ESP32 image"),
        (b"PK\x03\x04" * 20, "no ESP32 image"),
        (b"\xe9" + bytes(10), "no ESP32 image"),
        (image("esp32s3"), "is for the esp32s3, this board has an esp32"),
        (image()[:-1], "application in .* damaged or incomplete"),
        (image()[:63_000], "application in .* damaged or incomplete"),
        (image()[:20_000], "holds no application"),
        (image()[:100], "bootloader in .* damaged or incomplete"),
        (binary("esp32", b"blink" * 99), "holds no application"),
        (app(banner="Arduino core 3.0"), "no MicroPython"),
        (image(banner="MicroPython v1.27.0 on 2025-12-09; ESP32"), r"MicroPython 1\.27\.0, this firmware needs 1\.28"),
        (image(banner="MicroPython v1.28.0-preview.12.gabc on 2026-01-01; ESP32"), "needs 1.28"),
        (image(banner="MicroPython v1.9 on 2017-01-01; ESP32"), "needs 1.28"),
    ],
)
def test_what_is_refused(saved, data: bytes, part: str):
    with pytest.raises(InstallError, match=part) as caught:
        read_image(saved(data), "esp32")
    assert "micropython.org/download" in str(caught.value)


@pytest.mark.parametrize("version", ["1.28.0", "1.28.1-preview", "1.29.0-preview.46.g5a5907f567", "2.0.0"])
def test_which_versions_are_taken(saved, version: str):
    path = saved(image(banner=f"MicroPython v{version} on 2026-07-12; Generic ESP32 module"))
    assert read_image(path, "esp32").version == version


def test_a_bit_that_flipped_anywhere_in_the_application(saved):
    good = app()
    for at in range(0x20, len(good), 97):
        damaged = bytearray(good)
        damaged[at] ^= 0x10
        with pytest.raises(InstallError):
            read_image(saved(bytes(damaged)), "esp32")


def test_one_that_does_not_fit_and_one_that_is_not_there(saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read = read_image(saved(image(pad=9000)), "esp32")
    check_fits(read, table_for(4 * MB))
    monkeypatch.setitem(partitions._ENDS, 4, (APP_AT + 0x2000, 0x280000))
    with pytest.raises(InstallError, match="plain variant"):
        check_fits(read, table_for(4 * MB))
    with pytest.raises(InstallError, match="can't be read"):
        read_image(tmp_path / "none.bin", "esp32")
