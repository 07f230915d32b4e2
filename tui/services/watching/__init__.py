"""Watches everything that is live or in sight, within one budget of requests."""
