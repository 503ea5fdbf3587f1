# SPDX-License-Identifier: MIT
"""Rules over numbers: protocols and the balance score. No files but the protocols, no devices."""
