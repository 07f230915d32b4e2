"""Reads pictures and fits them into cells, in a process of its own: Pillow lets nobody else run while it works.

Nothing here knows Textual; `tui.widgets.media` makes cells of the screen of what comes from here.
"""
