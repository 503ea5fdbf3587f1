# SPDX-License-Identifier: MIT
"""The demo's clinic from nothing to its index: boards by several processes, then the days, then pages and papers."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from ..clinic.store import keys, opening
from ..clinic.store.place import RECORDINGS, folder_in
from ..clinic.walks_folder import FOLDER as WALKS
from ..device.virtual import VIRTUAL_ID
from ..errors import CommandInvalid, RecordingError, SurefootError, VirtualBoardError
from ..recording import SUFFIX
from ..unit_words import counted
from . import boards, days, pages
from .people import BEGIN, MOST, WEEKS_MOST, Member, chosen, last_day

if TYPE_CHECKING:
    from ..clinic.store.values import Store

FORMAT, KIND = 1, "surefoot-demo-clinic"
MARKER, INDEX = "demo-clinic.json", "index.html"
PASSPHRASE = "demo-passphrase-no-secret.txt"
WEEKS_LEAST = 2
SIMULATED = (b'"simulated": true', f'"device": "{VIRTUAL_ID}'.encode())  # a test's recordings, a walk's log
Say = Callable[[str], None]


def make(out: Path, many: int, weeks: int, seed: int, say: Say) -> dict[str, Any]:
    """All of it in the folder `out`; what came of it, for machines. Raises SurefootError; cut short, by Ctrl-C or a
    full disk, it leaves a sentence too."""
    _check(many, weeks, seed)
    clear(out)
    try:
        return _made(out, many, weeks, seed, say)
    except (KeyboardInterrupt, SurefootError):
        say(f"The demo in {out} is not whole: run it again, it begins anew.")
        raise


def _made(out: Path, many: int, weeks: int, seed: int, say: Say) -> dict[str, Any]:
    begun_s, members = time.monotonic(), chosen(many)
    say(f"A made-up clinic: {counted(many, 'person').replace('persons', 'people')}, {weeks} weeks, seed {seed}.")
    key = _begin(out, many, weeks, seed)
    of_boards = list(_on_boards(members, out, weeks, seed, say))
    clock = days.Clock(f"{BEGIN}T07:00:00Z")
    opening.make_store(out, key=key, now_utc=clock)
    with opening.open_store(out, key=key, now_utc=clock) as store:
        _hurry(store)
        days.live(store, clock, members, out, weeks, seed, say)
        clock.set(last_day(weeks), 20 * 60)
        whole = pages.clinic_pages(store, out, weeks)
        count = days.counts(store)
    say("Pages and papers ...")
    of_store = list(_by_processes(_papers, [(one, out, weeks, key, clock.utc) for one in members]))
    links = list(zip(members, map(list.__add__, of_store, of_boards), strict=True))
    index = pages.write_index(out, links, whole, _facts(out, count, weeks))
    took_s = time.monotonic() - begun_s
    say(f"{sum(count.values())} entries, {sum(len(one) for _, one in links) + len(whole)} pages, {took_s:.0f} s.")
    say(f"Open {index}")
    return {"index": str(index), "data": str(out), "passphrase_file": str(out / PASSPHRASE), "entries": count}


def _check(many: int, weeks: int, seed: int) -> None:
    if not 1 <= many <= MOST:
        raise CommandInvalid(f"--people {many} can't be: this clinic has 1 to {MOST}.")
    if not WEEKS_LEAST <= weeks <= WEEKS_MOST:
        raise CommandInvalid(f"--weeks {weeks} can't be: give {WEEKS_LEAST} to {WEEKS_MOST}.")
    if seed < 0:
        raise CommandInvalid(f"--seed {seed} can't be: give a whole number from 0 on.")


def clear(out: Path) -> None:
    """Empty the folder of an earlier demo; what else lies in it stays. Raises RecordingError, before anything is gone,
    where it isn't a demo's, or holds what no virtual board made."""
    own = [out / name for name in (folder_in(out).name, boards.SESSIONS, WALKS, pages.FOLDER, INDEX, PASSPHRASE)]
    there = [path for path in own if path.exists()]
    strange = next((path for path in there if not _is_demo(out)), None) or next(_not_simulated(out), None)
    if strange is not None:
        raise RecordingError(
            f"{strange} is not of a demo, and nothing of anybody else's is ever overwritten: choose another --out."
        )
    for path in there:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    (out / MARKER).unlink(missing_ok=True)


def _is_demo(out: Path) -> bool:
    try:
        return json.loads((out / MARKER).read_text("utf-8"))["kind"] == KIND
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _not_simulated(out: Path) -> Iterator[Path]:
    """Recordings that aren't of a virtual board, such as of somebody who was recorded into the demo's store."""
    kept = folder_in(out) / RECORDINGS
    for folder in (out / boards.SESSIONS, out / WALKS, kept):
        for path in folder.rglob(f"*{SUFFIX}"):
            content = path.read_bytes()
            if not any(mark in content for mark in SIMULATED):
                yield path


def _begin(out: Path, many: int, weeks: int, seed: int) -> keys.Key:
    """The marker comes first, so that a demo that was cut short can be cleared; and the passphrase of its store, which
    lies in clear because it guards nothing."""
    from ..output.result import made_folder, write_whole

    made_folder(out)
    told = {"format": FORMAT, "kind": KIND, "people": many, "weeks": weeks, "seed": seed}
    write_whole(out / MARKER, (json.dumps(told) + "\n").encode())
    passphrase = f"demo of nobody {secrets.token_hex(8)}"
    write_whole(out / PASSPHRASE, f"{passphrase}\n".encode())
    return keys.Key(passphrase=passphrase)


def _hurry(store: Store) -> None:
    """Its thousands of entries don't wait for the disk one by one: a demo that the power cuts short begins anew."""
    from sqlalchemy import event

    store.engine.dispose()
    event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))


def _person(task: tuple[Member, Path, int, int]) -> tuple[list[str], list[pages.Link]]:
    """Of one person, in a process of its own: what the boards record, and the pages that rest on it alone."""
    member, out, weeks, _ = task
    return boards.on_boards(*task), pages.board_pages(member, out, weeks)


def _papers(task: tuple[Member, Path, int, keys.Key, str]) -> list[pages.Link]:
    """The pages of one person that rest on the store."""
    member, out, weeks, key, utc = task
    with opening.open_store(out, key=key, now_utc=lambda: utc) as store:
        return pages.person_pages(store, member, out, weeks)


def _on_boards(members: Sequence[Member], out: Path, weeks: int, seed: int, say: Say) -> Iterator[list[pages.Link]]:
    """Each person's links, with a line each. Raises SurefootError."""
    made = _by_processes(_person, [(one, out, weeks, seed) for one in members])
    for member, (lines, links) in zip(members, made, strict=True):
        say(f"{member.code}, {member.years} years, {member.condition}: {'; '.join(lines)}.")
        yield links


def _by_processes(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
    """work(task) of each task in order, by as many processes as there are processors. Raises SurefootError."""
    jobs = min(os.cpu_count() or 1, len(tasks))
    if jobs < 2:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(jobs, initializer=_begin_work) as pool:
        try:
            yield from pool.map(_call, [(work, task) for task in tasks])
        except BrokenProcessPool:
            raise VirtualBoardError(
                "A process of the demo was ended from outside, which happens where memory runs out: give fewer"
                " --people."
            ) from None
        except KeyboardInterrupt:
            for child in active_children():
                if child.pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGINT)
            raise
        finally:
            pool.shutdown(cancel_futures=True)


_stopped = False  # of a process that works for the demo


def _begin_work() -> None:
    signal.signal(signal.SIGINT, _stop)


def _stop(*_: object) -> None:
    """Ctrl-C is the parent's to tell of; a board that runs is closed, and nothing else is begun."""
    global _stopped
    if not _stopped:
        _stopped = True
        raise SystemExit(130)


def _call(job: tuple[Callable[[Any], Any], Any]) -> Any:
    if _stopped:
        raise SystemExit(130)
    return job[0](job[1])


def _facts(out: Path, count: dict[str, int], weeks: int) -> dict[str, str]:
    here = out.absolute()
    kept = ", ".join(f"{kind} {many}" for kind, many in sorted(count.items(), key=lambda one: -one[1]))
    return {
        "From": str(BEGIN),
        "To": str(last_day(weeks)),
        "Entries": kept,
        "Commands on it": f"export SUREFOOT_DATA={quote(str(here))}"
        f" SUREFOOT_PASSPHRASE_FILE={quote(str(here / PASSPHRASE))}; surefoot caseload --on {last_day(weeks)}",
    }
