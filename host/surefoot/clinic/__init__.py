# SPDX-License-Identifier: MIT
"""Running a test on a board, and turning its recordings into a result."""
