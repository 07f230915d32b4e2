"""HTML inside Markdown, as text."""

from __future__ import annotations

import re

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?([A-Za-z][A-Za-z0-9]*)\b[^<>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"\b(src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_KNOWN = re.compile(
    r"abbr|blockquote|br|center|code|dd|details|div|d[lt]|em|font|h[1-6r]|iframe|img|kbd|li|mark|[ou]l|picture|pre|"
    r"section|small|source|span|strong|su[bp]|summary|table|tbody|t[dhrt]|thead|var|video|[abipqsu]",
)


def without_tags(html: str) -> str:
    """HTML as text: known tags and comments go, pictures leave their words and address, the rest stays as it is."""

    def replace(found: re.Match[str]) -> str:
        name = found[1].lower() if found[1] else ""
        if name and _KNOWN.fullmatch(name) is None:
            return found[0]
        if name == "br":
            return "\n"
        if name == "img":
            values = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(found[0])}
            return picture(values.get("alt", ""), values.get("src", ""))
        return ""

    return _TAG.sub(replace, html)


def picture(alt: str, address: str) -> str:
    """What stands for a picture: `[image: a cat] (https://…)`."""
    words = f"[image: {alt}]" if alt else "[image]"
    return f"{words} ({address})" if address else words
