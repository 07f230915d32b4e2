"""Screens' parts that need services get them against the scripted API."""

from tests.services.conftest import api, seen

__all__ = ["api", "seen"]
