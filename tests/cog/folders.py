"""Model folders for tests."""

from __future__ import annotations

from pathlib import Path


def write_model(
    folder: Path, code: str, *, entry: str = "predict.py:Predictor", config: str = "", **files: str
) -> Path:
    """A folder with cog.yaml and the code that its entry names; `files` are further ones, as `weights_py`."""
    folder.mkdir(parents=True, exist_ok=True)
    key = "run" if entry.startswith("run") else "predict"
    text = config or 'build:\n  python_version: "3.12"\n'
    if f"\n{key}:" not in text:
        text += f'{key}: "{entry}"\n'
    (folder / "cog.yaml").write_text(text)
    (folder / entry.partition(":")[0]).write_text(code)
    for name, content in files.items():
        (folder / name.replace("_py", ".py")).write_text(content)
    return folder


def predictor(parameters: str, returns: str = "-> str") -> str:
    """The code of a predictor with these parameters; `predict` is its third line."""
    head = "from cog import BasePredictor, Input\nclass Predictor(BasePredictor):\n"
    return f"{head}    def predict(self, {parameters}) {returns}: ...\n"
