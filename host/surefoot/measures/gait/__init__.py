# SPDX-License-Identifier: MIT
"""Walks: contacts, strides and gait parameters from insoles, foot or waist sensors."""
