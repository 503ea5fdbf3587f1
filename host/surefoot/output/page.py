# SPDX-License-Identifier: MIT
"""What all pages share: templates with every value escaped, one style, one script, pictures inside the page."""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

# Folded blocks print too; browsers of a few years back need telling.
SCRIPT = "addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>{d.open=true}))"
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def render(template: str, **values: Any) -> str:
    """The page that a template of this folder makes of these values; it may also use style, script and script_hash."""
    folder = files("surefoot.output")
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            style=folder.joinpath("page.css").read_text("utf-8"),
            script=SCRIPT,
            script_hash=b64encode(sha256(SCRIPT.encode()).digest()).decode(),
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("surefoot.output")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )


def picture(title: str, text: str, svg: str | None) -> dict[str, str | None]:
    """A figure as the templates show it; None where there is nothing to draw."""
    src = svg and f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return {"title": title, "text": text, "src": src}


def _printable(value: Any) -> Any:
    if type(value) is str:
        return UNPRINTABLE.sub("\ufffd", value)
    return "" if value is None else value
