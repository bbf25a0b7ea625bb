"""Measure, simulate and test an argument about AI progress and the chips that drive it."""

from __future__ import annotations

__version__ = "0.1.0"
