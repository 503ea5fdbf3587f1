# SPDX-License-Identifier: MIT
"""What leaves Surefoot: result.json for machines, the report for people."""
