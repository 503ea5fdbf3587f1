# SPDX-License-Identifier: MIT
"""A paper in, its HTML page and its PDF out: one content for both, every font in the file, never an empty box.

The PDF is an archive file with tags (PDF/A-2a, PDF/UA-1). Latin, Greek and Cyrillic are set in Libertinus Serif, which
typst carries, Arabic in the DejaVu Sans that matplotlib carries: the same on every machine. Other scripts come from
this computer's own fonts, and where it has none for a character the paper isn't made.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from surefoot.output import page
from surefoot.output.paper_values import Paper, PaperError, plain
from surefoot.output.result import write_whole

SIZES = {"a4": "a4", "letter": "us-letter"}
OWN_FONTS = ("Libertinus Serif", "DejaVu Sans")
CARRIED = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
# Good faces for Chinese, Japanese and Korean come before whatever else a computer has.
WELL_KNOWN = (
    "Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "Source Han Sans SC", "PingFang SC", "Songti SC",
    "Microsoft YaHei", "SimSun", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)  # fmt: skip
BOXES = "lastresort"  # a face that has an empty box for every character there is
NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
CHINESE = "fonts-wqy-microhei"
LETTER = "letter"
# Shares of the usual size of letters that a letter may be set in, so that it stays one page; smaller is hard to read.
SHARES = (1.0, 0.93, 0.87)


def html_of(paper: Paper) -> str:
    """The page: self-contained, it prints as it is."""
    return page.render("paper.html.j2", paper=plain(paper))


def pdf_of(paper: Paper, size: str = "a4") -> bytes:
    """The PDF. Raises PaperError for a character that no font here has, a letter of two pages, and typst's failures."""
    pages = 1
    for share in SHARES if paper.kind == LETTER else SHARES[:1]:
        pdf, pages = _with(paper, size, False, share) or _with(paper, size, True, share) or (None, 0)
        if pages == 1 or paper.kind != LETTER:
            assert pdf is not None
            return pdf
    raise PaperError(
        f"The letter fills {pages} pages and is to be one: shorten the interpretation or the plan of the visit"
        " (`surefoot minutes visit ... --replaces ID`), or take a note or a report instead."
    )


def write_paper(paper: Paper, folder: Path, name: str, size: str = "a4") -> tuple[Path, Path]:
    """The page and the PDF in a folder; the PDF is made first, so that nothing is written where it can't be.
    Raises PaperError, ResultError."""
    pdf = pdf_of(paper, size)
    paths = folder / f"{name}.html", folder / f"{name}.pdf"
    write_whole(paths[0], html_of(paper).encode())
    write_whole(paths[1], pdf)
    return paths


def _with(paper: Paper, size: str, system: bool, share: float = 1.0) -> tuple[bytes, int] | None:
    """The PDF, and of a letter its pages, by the fonts that come along, or by those of this computer too; None where
    another font may help."""
    import typst

    with _carried() as folder:
        families = _families(typst.Fonts(font_paths=[folder]).families()) if system else list(OWN_FONTS)
        inputs = {"paper": json.dumps(plain(paper)), "size": SIZES[size], "fonts": json.dumps(families)}
        inputs["share"] = str(share)
        try:
            compiler = typst.Compiler(
                input=str(files("surefoot.output") / "paper.typ"),
                font_paths=[folder],
                ignore_system_fonts=not system,
                sys_inputs=inputs,
            )
            made = compiler.compile(format="pdf", pdf_standards=["a-2a", "ua-1"])
            pages = int(compiler.query("<pages>", field="value", one=True)) if paper.kind == LETTER else 1
        except (RuntimeError, OSError) as error:
            found = NO_GLYPH.findall(str(getattr(error, "diagnostic", error)))
            if found and not system:
                return None
            raise PaperError(_no_glyph(found) if found else _failed(error)) from None
    assert isinstance(made, bytes)
    return made, pages


@contextmanager
def _carried() -> Iterator[str]:
    """A folder with the fonts that come with matplotlib, without its font of boxes."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise PaperError("matplotlib is missing, and the letters of papers come with it: install Surefoot again.")
    with tempfile.TemporaryDirectory(prefix="surefoot-fonts-") as folder:
        try:
            for name in CARRIED:
                shutil.copyfile(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / name, Path(folder, name))
        except OSError as error:
            raise PaperError(f"The letters of papers can't be read ({error}): install Surefoot again.") from None
        yield folder


def _families(known: Sequence[str]) -> list[str]:
    """All families of this computer in the order in which they are asked for a character."""
    first = [name for name in (*OWN_FONTS, *WELL_KNOWN) if name in known]
    rest = [name for name in known if name not in first]
    return [name for name in (*first, *rest) if BOXES not in name.lower().replace(" ", "").replace("-", "")]


def _no_glyph(found: Sequence[str]) -> str:
    named = [_named(text) for text in dict.fromkeys(found)]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    chinese = any("CJK" in text for text in named)
    package = CHINESE if chinese else "fonts-noto-core or fonts-noto-extra"
    return (
        f"No font on this computer has {', '.join(named[:3])}{more}, and an empty box would stand on the paper: install"
        f" a font for that script (Debian and Ubuntu: `apt install {package}`), or correct the text."
    )


def _named(text: str) -> str:
    """A character with its name, as in "\u738b (CJK UNIFIED IDEOGRAPH-738B)"."""
    code = re.fullmatch(r"\\u\{([0-9a-f]+)\}", text)
    one = chr(int(code[1], 16)) if code else text[:1]
    name = unicodedata.name(one, f"U+{ord(one):04X}")
    return f"'{one}' ({name})" if one.isprintable() else name


def _failed(error: BaseException) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"typst could not make the PDF ({first}), and nothing was written: please report this."
