# SPDX-License-Identifier: MIT
"""The start of the firmware: the parts of the board, opened and joined. Needed once."""

import gc
import sys
import time

from once import once

__import__("schema")  # until all is in
board = once("board")
tx = board.tx_store()  # before all else is in: then no piece this long is left

from commands import Commands
from guard import Guard
from hand import Hand
from link import Link
from panel import Panel
from ring import Ring
from sampler import Sampler


def build(fw):
    """Fill a Firmware."""
    profile = board.PROFILE
    fw.name = profile["name"]
    fw.id = board.unique_id()
    fw.console = profile["console"]
    fw.own_baud = fw.now_baud = profile["baud"]
    fw.link = Link(fw.own_baud, profile["uart_fifo"], Ring(tx, profile["tx_bytes"]))
    fw.commands = Commands(fw.link)
    fw.imu = board.open_imu()
    fw.insoles = board.open_insoles()
    fw.panel = Panel(board.button(), board.light(), board.battery(), profile)
    soft = board.soft_start()
    fw.guard = Guard(board.open_dog, board.open_timer, board.rtc_memory(), soft, profile.get("power"))
    fw.hand = Hand(fw.panel, fw.guard, fw.commands)
    fw.sampler = Sampler(fw.link, fw.commands, fw.insoles, fw.imu, fw.hand)
    fw.store = fw.walk = fw.erasing = None
    device = board.log_device()
    if device is not None:
        from store import Store

        gc.collect()
        fw.store = Store(device)
    fw.boot = board.count_boot()
    fw.session = fw.log = fw.resumed = 0
    fw.asked = profile.get("heart") or "0", "0", None  # a strap by the profile; in force: a strap, a cue
    fw.selftest = {}
    fw.utc_ms = None
    fw.utc_at = time.ticks_ms()
    fw.utc_err_ms = 0
    fw.baud_until_ms = 0
    fw.lines = 0
    fw.dirty = once("sectors", "opened").dirty(fw.store) if fw.store is not None else 0
    sys.modules.pop("schema")
