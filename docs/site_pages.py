"""Gives the site the pages that lie elsewhere: the README as its tour, and what the guide answers from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SKILL = "skills/replicate-tui/SKILL.md"
GUIDE = ROOT / "tui" / "sandbox" / "models" / "guide" / "docs"


def on_files(files: Any, config: Any) -> Any:
    """Called by MkDocs with the files of docs/."""
    from mkdocs.structure.files import File  # MkDocs is there only where the site is built

    for path in sorted(GUIDE.glob("*.md")):
        files.append(File.generated(config, f"guide/{path.name}", abs_src_path=str(path)))
    for path in sorted((ROOT / "screenshots").glob("*.*g")):
        files.append(File.generated(config, f"screenshots/{path.name}", abs_src_path=str(path)))
    files.append(File.generated(config, "skill.md", abs_src_path=str(ROOT / SKILL)))
    files.append(File.generated(config, "index.md", content=tour((ROOT / "README.md").read_text("utf-8"))))
    return files


def tour(readme: str) -> str:
    """The README with links that hold on the site."""
    without = re.sub(r"<!-- .*? -->\n", "", readme)
    return re.sub(r"\]\(docs/([a-z-]+\.md)", r"](\1", without).replace(f"]({SKILL})", "](skill.md)")
