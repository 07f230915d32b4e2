"""Webhooks without a tunnel: what Replicate would deliver is delivered to a program on this machine."""
