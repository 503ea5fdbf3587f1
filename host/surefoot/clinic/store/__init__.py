# SPDX-License-Identifier: MIT
"""The clinic's store: who the people are (in one table), and all else about them by pseudonymous code."""
