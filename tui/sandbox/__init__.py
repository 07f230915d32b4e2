"""A local Replicate: its HTTP API in front, Cog's own runtime behind.

`command.serve` runs it, `embedded.acquire` joins or starts the one that a console shares. Nothing here
imports the rest of the project, so that a mistake in the client is not repeated in the server.
"""
