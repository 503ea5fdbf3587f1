# SPDX-License-Identifier: MIT
"""What the store keeps, handed on: FHIR, BIDS, Parquet, CSV, EDF+, REDCap, and a live outlet."""
