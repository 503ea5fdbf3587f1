# SPDX-License-Identifier: MIT
"""The commands `log start`, `log erase` and `log prepare`. Import it by `once`."""

from once import once


def _start(fw, words):
    wanted = 0
    rest = []
    for word in words:
        if word.startswith("minutes="):
            wanted = int(word[8:])
        else:
            rest.append(word)
    settings = once("settings").read(fw, rest)
    if settings is None:
        return
    room = fw.store.minutes(int(settings.get("rate", "100")))
    if wanted > room or not room:
        raise ValueError(
            "room for %d min, not %d: fetch and erase old walks (log erase), then log prepare" % (room, max(wanted, 1))
        )
    fw.say("log %d begins, room for %d min" % (fw.store.next_log, room))
    fw.walk = settings  # and not from here: a walk wants the memory that this module takes


def _erase(fw, words):
    word = words[0] if words else ""
    if word != "all" and not word.isdigit():
        raise ValueError("'%s' is no log: log list shows them" % word)
    log = None if word == "all" else int(word)
    once("erasing", "sectors", "opened").erase(fw.store, log, fw.breathe)
    fw.dirty = once("sectors", "opened").dirty(fw.store)
    fw.say("erased, room %d %d" % (fw.store.minutes(100), fw.store.minutes(200)))


def _prepare(fw, words):
    once("erasing", "sectors", "opened").prepare(fw.store, fw.breathe)
    fw.say("prepared, room %d %d" % (fw.store.minutes(100), fw.store.minutes(200)))


VERBS = {"start": _start, "erase": _erase, "prepare": _prepare}
