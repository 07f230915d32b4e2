"""Cog models of an author: read without running anything of theirs, judged, begun from a template.

Imports nothing of the project: the command line, the services and the sandbox may all use it.
"""
