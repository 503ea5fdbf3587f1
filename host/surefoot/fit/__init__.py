# SPDX-License-Identifier: MIT
"""Fits of calibration: evidence in, numbers with their error out. Nothing here reads a file or a board."""
