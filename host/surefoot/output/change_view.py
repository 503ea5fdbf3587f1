# SPDX-License-Identifier: MIT
"""The `change` of a result in, what the page says about it out: one sentence, and numbers without a word."""

from collections.abc import Mapping
from typing import Any

from surefoot.output.wording import NONE, number_text, unit_text


def change_view(change: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """None where no earlier session was given."""
    if not change:
        return None
    earlier = change.get("earlier") or []
    rows = []
    for row in change.get("others") or ():
        key = str(row.get("measure", ""))
        values = [*(row.get("before") or ()), row.get("now")]
        rows.append(
            {
                "label": row.get("label") or key,
                "unit": unit_text(str(row.get("unit") or "1")),
                "cells": [NONE if value is None else number_text(key, value) for value in values],
                "note": row.get("note") or "",
            }
        )
    return {
        "label": change.get("label") or "",
        "sentence": change.get("sentence") or "",
        "judged": bool(change.get("judged")),
        "advice": change.get("advice") or "",
        "published": list(change.get("published") or ()),
        "heads": [str(one.get("created_utc") or one.get("number") or "")[:10] for one in earlier],
        "rows": rows,
    }
