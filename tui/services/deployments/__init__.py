"""Deployments: their setups, releases and what they cost, in words."""
