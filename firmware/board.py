# SPDX-License-Identifier: MIT
"""The board: whatever knows `machine` and `esp32`. `profile.json` names pins and parts, whose drivers load by kind.

Only the start needs it, and a few commands: `once` lets go of it in between.
"""

import gc
import json

import machine
import micropython

try:
    with open("profile.json") as _file:
        PROFILE = json.load(_file)
except (OSError, ValueError):
    print("profile.json is missing or damaged: surefoot update --board NAME writes it again")
    raise
baud = PROFILE["baud"]  # of the console; MicroPython sets it, this only tells the pump how fast bytes leave
gc.threshold(4096)  # collect often while the modules compile, so that what stays lies close together
# The drivers too come before the rest: compiling them wants room in one piece.
if PROFILE["imu"]["kind"] == "icm42688":
    from icm42688 import Imu
else:
    from imu import Imu
if PROFILE["insoles"]["kind"] == "mux":
    from mux import Insoles
else:
    from insole import Insoles
BOOTS = "boots.txt"
_buses = {}
# The types as they are: a function of this module would hold all of it.
open_dog = machine.WDT  # (timeout=ms); again for another time, for it can't be stopped
open_timer = machine.Timer  # (0, period=ms, callback=...)


def tx_store():
    """The bytes of the ring that waits for the line."""
    return micropython.RingIO(PROFILE["tx_bytes"])


def _bus(part):
    # Mode 3 suits all chips: the IMUs are drawn in it, the converters know it too. Each host is set up once.
    if part["spi"] not in _buses:
        for pins in PROFILE["spi"]:
            if pins["id"] == part["spi"]:
                sck, mosi, miso = [machine.Pin(pins[name]) for name in ("sck", "mosi", "miso")]
                _buses[part["spi"]] = machine.SPI(
                    part["spi"], baudrate=pins["hz"], polarity=1, phase=1, sck=sck, mosi=mosi, miso=miso
                )
    return _buses[part["spi"]]


def _select(pin):
    return machine.Pin(pin, machine.Pin.OUT, value=1)


def open_imu():
    """The driver of the profile's IMU, see imu.py for its face."""
    part = PROFILE["imu"]
    return Imu(_bus(part), _select(part["cs"]))


def open_insoles():
    """The driver of the profile's front end, see insole.py for its face."""
    part = PROFILE["insoles"]
    if part["kind"] == "mux":
        adc = machine.ADC(machine.Pin(part["pin"]), atten=machine.ADC.ATTN_11DB)
        select = [machine.Pin(pin, machine.Pin.OUT, value=0) for pin in part["select"]]
        return Insoles(adc, select, part["settle_us"])
    # Both chips are deselected before either is spoken to.
    left, right = _select(part["cs_left"]), _select(part["cs_right"])
    return Insoles(_bus(part), left, right)


def log_device():
    """What store.py keeps its logs on, None where the board has no such place."""
    part = PROFILE.get("log")
    if not part:
        return None
    if part["kind"] == "sdcard":
        from card import Card

        sck, mosi, miso, cs = [machine.Pin(part[name]) for name in ("sck", "mosi", "miso", "cs")]
        try:
            return Card(machine.SDCard(slot=part["slot"], sck=sck, mosi=mosi, miso=miso, cs=cs))
        except OSError as error:
            print("no log: %s" % error)  # the host shows what comes outside frames
            return None
    import esp32
    from flash import Flash

    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label=part["label"])
    return Flash(found[0]) if found else None


def button():
    """The button's pin, or None; panel.py says what it means."""
    part = PROFILE.get("button")
    return machine.Pin(part["pin"], machine.Pin.IN, _pull(part)) if part else None


def _pull(part):
    return machine.Pin.PULL_UP if part.get("low", True) else machine.Pin.PULL_DOWN


def light():
    """Red, green and blue to be set like pins, None for a colour that is missing; None without a light."""
    part = PROFILE.get("light")
    if not part:
        return None
    if "pixel" in part:
        pin = machine.Pin(part["pixel"], machine.Pin.OUT, value=0)
        colours = bytearray(3)  # it wants green first
        from pixel import Pixel

        return [Pixel(machine.bitstream, pin, colours, at) for at in (1, 0, 2)]
    off = 1 if part.get("low", False) else 0
    return [
        machine.Pin(part[name], machine.Pin.OUT, value=off) if name in part else None
        for name in ("red", "green", "blue")
    ]


def battery():
    """The ADC behind the cell's divider, or None."""
    part = PROFILE.get("battery")
    return machine.ADC(machine.Pin(part["pin"]), atten=machine.ADC.ATTN_11DB) if part else None


def cue():
    """Of buzzer or motor: ms of a pulse, tones for left and right in Hz, 0 for a motor. None without one."""
    part = PROFILE.get("cue")
    return (part["ms"],) + tuple(part.get("hz", (0, 0))) if part else None


def open_cue():
    """The pin of that, silent."""
    part = PROFILE["cue"]
    pin = machine.Pin(part["pin"], machine.Pin.OUT, value=0)
    return machine.PWM(pin, freq=part.get("hz", (1000,))[0], duty_u16=0)


def rtc_memory():
    """Reads without, writes with an argument; what it holds outlasts every reset but the power's."""
    return machine.RTC().memory


def soft_start():
    """Whether this start is a soft reset, which leaves the watchdog running."""
    return machine.reset_cause() == machine.SOFT_RESET


def set_baud(rate):
    """Let the console's UART run at that rate. USB has none: there it changes nothing."""
    if PROFILE["console"] == "uart":
        machine.UART(0, baudrate=rate)


def deep_sleep():
    """Off until the button is pressed; without a button that can wake it, nothing."""
    part = PROFILE.get("button")
    if not part:
        return
    import esp32

    low = part.get("low", True)
    pin = machine.Pin(part["pin"], machine.Pin.IN, _pull(part))
    esp32.wake_on_ext0(pin, esp32.WAKEUP_ALL_LOW if low else esp32.WAKEUP_ANY_HIGH)
    machine.deepsleep()


def unique_id():
    """The chip's identity as hex text."""
    return "".join(["%02x" % b for b in machine.unique_id()])


def count_boot():
    """How often this board has started, this time included; 0 where the flash can't keep count."""
    try:
        with open(BOOTS) as file:
            boots = int(file.read())
    except (OSError, ValueError):
        boots = 0
    try:
        with open(BOOTS, "w") as file:
            file.write(str(boots + 1))
    except OSError:
        return 0
    return boots + 1
