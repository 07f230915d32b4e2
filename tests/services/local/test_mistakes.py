"""What an author is told of a failure: the line of their own code, the package that is missing and where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cog.folders import predictor, write_model
from tui.cog.config import read_config
from tui.services.local.cog_server import address_of
from tui.services.local.mistakes import missing_package, own_line

TRACEBACK = """greeting
Traceback (most recent call last):
  File "{folder}/predict.py", line 3, in predict
    helper.work()
  File "{folder}/helper.py", line 2, in work
    raise ValueError
  File "/usr/lib/python3.11/site-packages/torch/nn.py", line 9, in forward
    boom()
ValueError
"""


def test_the_innermost_line_of_the_folders_own_is_found(tmp_path: Path) -> None:
    folder = write_model(tmp_path, predictor("a: str"), helper_py="def work():\n    raise ValueError\n")
    found = own_line(TRACEBACK.format(folder=folder), folder)
    assert found is not None
    assert found.said(folder.resolve()) == "helper.py:2: raise ValueError"
    assert own_line(TRACEBACK.format(folder="/elsewhere"), folder) is None
    assert own_line("no traceback", folder) is None


def test_of_several_tracebacks_the_last_counts_and_relative_paths_are_the_folders(tmp_path: Path) -> None:
    folder = write_model(tmp_path, predictor("a: str"))
    text = (
        'Traceback (most recent call last):\n  File "predict.py", line 1, in a\nX\nTraceback (most recent call last):\n'
    )
    found = own_line(f'{text}  File "predict.py", line 99, in b\n', folder)
    assert found is not None
    assert (found.line, found.text) == (99, "")


@pytest.mark.parametrize(
    ("packages", "module", "words"),
    [
        ("", "torch", "cog.yaml:1 does not have it: `build.python_packages` should. Here: PY -m pip install torch"),
        ('  python_packages: ["torch==2.5.1"]\n', "torch.nn", "cog.yaml:3 asks for torch==2.5.1. Here: PY"),
        ("  python_packages:\n    - opencv-python-headless\n", "cv2", "cog.yaml:4 asks for opencv-python-headless"),
        ("  python_packages:\n    - numpy==2.1.3\n", "PIL", "cog.yaml:3 does not have it: `build."),
    ],
)
def test_a_missing_package_is_said_with_the_line_that_has_it_or_should(
    tmp_path: Path, packages: str, module: str, words: str
) -> None:
    config = read_config(write_model(tmp_path, "", config=f'build:\n  python_version: "3.12"\n{packages}'))
    said = missing_package(f"Setup failed: ModuleNotFoundError: No module named '{module}'", config, Path("PY"))
    assert said is not None
    assert said.startswith(f"{module} is not installed in PY; ")
    assert words in said
    assert missing_package("ValueError: No module named", config, Path("PY")) is None


def test_a_missing_package_is_found_in_the_requirements_file(tmp_path: Path) -> None:
    text = 'build:\n  python_version: "3.12"\n  python_requirements: req.txt\n'
    folder = write_model(tmp_path, "", config=text)
    (folder / "req.txt").write_text("\nscikit-learn==1.5.2\n")
    said = missing_package("ModuleNotFoundError: No module named 'sklearn.svm'", read_config(folder), Path("PY"))
    assert said is not None and "req.txt:2 asks for scikit-learn==1.5.2" in said


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("http://gpu-box:5000/", "http://gpu-box:5000"),
        ("https://x.example/cog", "https://x.example/cog"),
        (".", None),
        ("models/poet", None),
        ("./a:1", None),
    ],
)
def test_an_address_is_told_from_a_folder(word: str, address: str | None) -> None:
    assert address_of(word) == address
