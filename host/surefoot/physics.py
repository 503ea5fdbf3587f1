# SPDX-License-Identifier: MIT
"""Constants of nature that several rooms need."""

GRAVITY_MS2 = 9.80665  # standard gravity (CGPM 1901)
