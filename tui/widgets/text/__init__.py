"""Views of long text: logs, JSON, code."""
