"""The section Local: Cog models on this machine, and Cog servers that run already."""
