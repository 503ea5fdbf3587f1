# SPDX-License-Identifier: MIT
"""A guided session on a console: lines, a progress bar, and answers that don't stop the board from being read."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import IO

BAR = 30
WIDTH = 110


class Keyboard:
    """`tell`, `ask` and `show` for a guide. `answers` is the descriptor that answers are read from.

    Read without Python's buffer: a thread that waits in it at the end would hold up the whole program.
    """

    def __init__(self, out: IO[str] | None = None, answers: int | None = None):
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self._answers = answers
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader: threading.Thread | None = None
        self._drawn = False
        self._said = ""

    def tell(self, text: str) -> None:
        self._clear()
        print(text, file=self.out, flush=True)

    def show(self, text: str, share: float) -> None:
        """What is going on, redrawn in one line; without a terminal, a line only where the words change."""
        if not self.live:
            if text and text != self._said:
                print(f"  {text}", file=self.out, flush=True)
            self._said = text
            return
        done = int(share * BAR)
        line = f"  [{'#' * done}{'.' * (BAR - done)}] {text}"[:WIDTH]
        self.out.write(f"\r{line:<{WIDTH}}")
        self.out.flush()
        self._drawn = True

    def ask(self, question: str, choices: tuple[str, ...] | None) -> Callable[[], str | None]:
        """What gives the answer as soon as a line was typed. It raises KeyboardInterrupt at the end of the input."""
        self._clear()
        hint = f" [{'/'.join(choices)}]" if choices else ""
        print(f"{question}{hint} ", end="", file=self.out, flush=True)
        if self._reader is None:
            source = sys.stdin.fileno() if self._answers is None else self._answers
            self._reader = threading.Thread(target=_read, args=(source, self._lines), daemon=True)
            self._reader.start()

        def answer() -> str | None:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return None
            if line is None:
                self._lines.put(None)
                raise KeyboardInterrupt
            return line

        return answer

    def _clear(self) -> None:
        if self._drawn:
            self.out.write("\r" + " " * WIDTH + "\r")
            self._drawn = False


def _read(source: int, lines: queue.Queue[str | None]) -> None:
    waiting = b""
    while True:
        try:
            data = os.read(source, 1024)
        except OSError:
            data = b""
        *whole, waiting = (waiting + data).split(b"\n")
        for line in whole:
            lines.put(line.decode("utf-8", "replace").strip())
        if not data:
            lines.put(None)
            return
