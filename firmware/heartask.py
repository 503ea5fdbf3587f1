# SPDX-License-Identifier: MIT
"""Whether a heart-rate strap can be asked for. Import it by `once`."""


def address(word):
    """The six bytes of an address of twelve hex digits, with or without colons; None where it is none."""
    digits = word.replace(":", "")
    try:
        return bytes([int(digits[i : i + 2], 16) for i in range(0, 12, 2)]) if len(digits) == 12 else None
    except ValueError:
        return None


def refusal(word):
    """Why heart=word can't be, in words; None where it can."""
    if word not in ("0", "1") and address(word) is None:
        return b"heart is 0, 1 or a strap's address, such as a0b1c2d3e4f5"
    if word != "0":
        try:
            __import__("bluetooth")
        except ImportError:
            return b"this MicroPython has no Bluetooth: start without heart, or flash a build that has it"
    return None
