# SPDX-License-Identifier: MIT
"""The board: pins, buses and identity. The only file that knows `machine`; another board is another PROFILE."""

import gc

import machine
import micropython

PROFILE = {
    "name": "esp32-devkit",
    "baud": 115200,  # of the console; MicroPython sets it, this only tells the pump how fast bytes leave
    "tx_bytes": 8192,  # frames that wait for the console: 1.5 s at 5.5 kB/s
    "uart_fifo": 128,  # bytes that a write may hand over before it blocks
    "imu": {"spi": 2, "sck": 18, "mosi": 23, "miso": 19, "cs": 5, "hz": 8_000_000},
    # MISO of the second bus usually is pin 12, but that pin straps the flash voltage at reset.
    "adc": {"spi": 1, "sck": 14, "mosi": 13, "miso": 32, "cs_left": 27, "cs_right": 26, "hz": 1_000_000},
}
baud = PROFILE["baud"]
gc.threshold(4096)  # collect often while the modules compile, so that what stays lies close together
tx_store = micropython.RingIO(PROFILE["tx_bytes"])  # at import: once all modules are in, no piece this long is left
BOOTS = "boots.txt"


def _bus(pins, mode):
    return machine.SPI(
        pins["spi"],
        baudrate=pins["hz"],
        polarity=mode,
        phase=mode,
        sck=machine.Pin(pins["sck"]),
        mosi=machine.Pin(pins["mosi"]),
        miso=machine.Pin(pins["miso"]),
    )


def _select(pin):
    return machine.Pin(pin, machine.Pin.OUT, value=1)


def spi_imu():
    """The IMU's bus: clock idles high (mode 3), as the LSM6DSO data sheet draws it."""
    return _bus(PROFILE["imu"], 1)


def cs_imu():
    """Chip select of the IMU, idle high."""
    return _select(PROFILE["imu"]["cs"])


def spi_adc():
    """The bus of both MCP3208 (mode 0), 1 MHz: their limit at 3.3 V with some margin for the cable."""
    return _bus(PROFILE["adc"], 0)


def cs_left():
    """Chip select of the left insole's ADC, idle high."""
    return _select(PROFILE["adc"]["cs_left"])


def cs_right():
    """Chip select of the right insole's ADC, idle high."""
    return _select(PROFILE["adc"]["cs_right"])


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
