# SPDX-License-Identifier: MIT
"""Pages as a reader and a browser see them: words, tags, pictures; and texts that try to break out of them."""

import re
from base64 import b64decode
from html.parser import HTMLParser

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "O'Brien & </title><b>",
    "\u041e\u043b\u044c\u0433\u0430-\u674e-\u0645\u0631\u064a\u0645-\U0001f9e6",
    "\u202egnol-redro\u202c",
]


class Page(HTMLParser):
    """Tags, attributes, visible text and <data> of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.data: list[tuple[float, str]] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass
        self.text += " " if tag in ("td", "th", "dt", "p", "li", "h3") else ""

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] in ("style", "script"):
            return
        if self._inside and self._inside[-1] == "data":
            self.data.append((float(self.tags[-1][1]["value"] or "nan"), data))
        self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def pictures(text: str) -> list[str]:
    return [b64decode(found).decode() for found in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text)]
