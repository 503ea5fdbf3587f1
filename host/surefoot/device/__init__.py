# SPDX-License-Identifier: MIT
"""All that touches a board: ports, link, framer, clock, and the virtual board."""
