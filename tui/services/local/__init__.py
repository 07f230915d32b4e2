"""Cog models of an author on this machine, and Cog servers that run already."""
