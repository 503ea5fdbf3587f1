# SPDX-License-Identifier: MIT
"""What is built with scissors and a soldering iron: paper at true scale, what to buy, boxes."""
