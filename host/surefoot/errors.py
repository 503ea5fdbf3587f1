# SPDX-License-Identifier: MIT
"""What can go wrong, in words: each message says what happened and what to do next."""


class SurefootError(Exception):
    """Base of every error that a user may meet; the text is one sentence and a next step."""


class RecordingError(SurefootError):
    """A recording can't be read or written."""


class CalibrationError(SurefootError):
    """A calibration record is missing, damaged, or of another device."""


class ProtocolError(SurefootError):
    """A protocol is unknown or its file has a mistake."""


class MeasureError(SurefootError):
    """A number can't be computed from this signal; the text is the reason."""


class ClockError(SurefootError):
    """Clocks of boards and host can't be put together."""


class VirtualBoardError(SurefootError):
    """The virtual board did not start or stopped answering."""


class InstallError(SurefootError):
    """MicroPython or the firmware can't be put on a board."""


class LinkError(SurefootError):
    """Base of what can go wrong between host and device."""


class PortMissing(LinkError):
    """No such port, or none that looks like a board."""


class PortAmbiguous(LinkError):
    """Several ports look like a board and none was named."""


class PortBusy(LinkError):
    """Another program holds the port."""


class PortDenied(LinkError):
    """This user may not open the port."""


class NotSurefoot(LinkError):
    """The port opened, but what answers is not the Surefoot firmware."""


class WireMismatch(LinkError):
    """The board speaks another version of the wire format."""


class DeviceLost(LinkError):
    """The board was unplugged or switched off; what had arrived was handed on."""


class DeviceRestarted(DeviceLost):
    """The board started up again while it was measuring."""


class NoReply(LinkError):
    """The board is there but left a command without an answer."""


class Refused(LinkError):
    """The board refused a command; `reason` is its own wording."""

    def __init__(self, line: str, reason: str):
        super().__init__(f"The board refused '{line}': {reason.rstrip('. ')}. Correct it and try again.")
        self.line = line
        self.reason = reason


class LogDamaged(LinkError):
    """A log that was fetched from a board does not match the board's own checksum."""


class CommandInvalid(LinkError):
    """A command line that the wire can't carry."""
