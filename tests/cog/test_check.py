"""What is wrong with a model's folder is said with its file and line, and what is right is not mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cog.folders import write_model
from tui.cog.beginnings import TEMPLATES, AlreadyThere, begin
from tui.cog.check import check
from tui.cog.source import read_source

CODE = """from cog import BasePredictor, Input, Path
class Predictor(BasePredictor):
    def predict(self, a: str) -> str: ...
"""


def said(folder: Path) -> list[str]:
    return [finding.said(folder.resolve()) for finding in check(folder)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_cog_init_writes_has_nothing_wrong(tmp_path: Path, template: str) -> None:
    written = begin(tmp_path / "new", template)  # pyright: ignore[reportArgumentType]
    assert {path.name for path in written} >= {"cog.yaml", "run.py", ".dockerignore"}
    assert said(tmp_path / "new") == []
    assert read_source(tmp_path / "new").findings == ()


def test_cog_init_overwrites_nothing_and_writes_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text("mine")
    with pytest.raises(AlreadyThere, match=r"run\.py"):
        begin(tmp_path, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["run.py"]
    assert (tmp_path / "run.py").read_text() == "mine"


CONFIGS = [
    ('build:\n  python_version: "3.12"\n  gpus: true\n', "cog.yaml:3: Cog knows no `build.gpus`: is it `gpu`?"),
    (
        'python_version: "3.12"\nbuild:\n  python_version: "3.12"\n',
        "cog.yaml:1: Cog knows no `python_version`: it belongs at `build.python_version`",
    ),
    ('build:\n  python_version: "3.12"\n  gpu: "yes"\n', "cog.yaml:3: `build.gpu` must be true or false, and is 'yes'"),
    ("build:\n  python_version: 3.10\n", 'cog.yaml:2: without quotes YAML reads 3.1: write it as text, such as "3.12"'),
    (
        'build:\n  python_version: "3.9"\n',
        "cog.yaml:2: Cog's runtime has no wheels for Python 3.9: it needs 3.10 or newer",
    ),
    ('build:\n  python_version: "three"\n', "cog.yaml:2: 'three' is no version of Python such as 3.12"),
    (
        'build:\n  python_version: "3.12"\n  gpu: true\n  cuda: 11.8\n',
        "cog.yaml:4: `build.cuda` must be a text, and is 11.8",
    ),
    (
        'build:\n  python_version: "3.12"\n  gpu: true\n',
        "cog.yaml:3: `gpu: true`, but no package says which CUDA is meant: give `build.cuda`, or drop `gpu`",
    ),
    ('build:\n  python_version: "3.12"\n  cuda: "12.4"\n', "cog.yaml:3: `cuda` has no effect without `gpu: true`"),
    (
        'build:\n  python_version: "3.12"\n  python_packages:\n    - numpy==2.1.3\n    - tqdm>=4\n',
        "cog.yaml:5: tqdm is not pinned: a later build may get another version; write tqdm==VERSION",
    ),
    (
        'build:\n  python_version: "3.12"\n  gpu: true\n  python_packages: ["torch==2.0.1"]\n',
        "cog.yaml:4: torch 2.0.1 has wheels for Python 3.8 to 3.11, not for 3.12",
    ),
    ('build:\n  python_version: "3.12"\n  python_requirements: req.txt\n', "cog.yaml:3: req.txt is not there"),
    (
        'build:\n  python_version: "3.12"\npredict: predict.py:Predictor\nrun: predict.py:Predictor\n',
        "cog.yaml:3: both `run` and `predict` are given: Cog takes one of them",
    ),
]


@pytest.mark.parametrize(("config", "finding"), CONFIGS)
def test_a_fault_of_cog_yaml_is_said_at_its_line(tmp_path: Path, config: str, finding: str) -> None:
    assert said(write_model(tmp_path, CODE, config=config)) == [finding]


FINE = [
    'build:\n  python_version: "3.12"\n  gpu: true\n  python_packages: ["torch==2.5.1"]\n',
    'build:\n  python_version: "3.13.1"\n  gpu: true\n  cuda: "12.4"\n  python_packages: ["numpy == 2.1.3", "a===1"]\n',
    'build:\n  python_version: "3.11"\n  python_packages: ["torch==2.0.1", "git+https://github.com/a/b@c1"]\n',
    'build:\n  python_version: "3.15"\n  python_packages: ["torch==99.0"]\n',
    'build:\n  python_version: "3.12"\n  system_packages:\n  run:\n    - command: x\nconcurrency:\n  max: 4\n',
]


@pytest.mark.parametrize("config", FINE)
def test_what_is_right_in_cog_yaml_is_not_mentioned(tmp_path: Path, config: str) -> None:
    assert said(write_model(tmp_path, CODE, config=config)) == []


def test_the_lines_of_a_requirements_file_are_its_own(tmp_path: Path) -> None:
    config = 'build:\n  python_version: "3.12"\n  python_requirements: req.txt\n'
    folder = write_model(tmp_path, CODE, config=config)
    (folder / "req.txt").write_text("# packages\n-r other.txt\nnumpy==2.1.3  # pinned\n\nscipy\n")
    assert said(folder) == [
        "req.txt:5: scipy is not pinned: a later build may get another version; write scipy==VERSION"
    ]


INPUTS = [
    ("a: int = Input(default=None)", "None as the default of what is not Optional makes it required"),
    ("a: int = None", "None as the default of what is not Optional makes it required"),
    ("a: int = Input(default=11, le=10)", "the default 11 is above le=10"),
    ("a: int = Input(default=-1, ge=0)", "the default -1 is below ge=0"),
    ("a: str = Input(default='', min_length=1)", "the default '' is shorter than min_length=1"),
    ("a: str = Input(default='abc', max_length=2)", "the default 'abc' is longer than max_length=2"),
    ("a: str = Input(default='x', regex='[0-9]+')", "the default 'x' does not match '[0-9]+'"),
    ("a: str = Input(default='x', regex='[')", "the regex is wrong"),
    ("a: str = Input(ge=1)", "ge are for numbers"),
    ("a: Path = Input(min_length=1)", "min_length are for texts"),
    ("a: str = Input(choices=['x'])", "choices must be at least two"),
    ("a: str = Input(choices=['x', 1])", "choices must be texts for str, or whole numbers for int"),
    ("a: float = Input(choices=[1.0, 2.0])", "choices must be texts for str, or whole numbers for int"),
    ("a: int = Input(choices=[1, 2], ge=1)", "choices and ge exclude each other"),
    ("a: str = Input(choices=['x', 'y'], default='z')", "the default 'z' is none of the choices"),
    ("a: list[int] = Input(default=[1, 99], le=10)", "the default 99 is above le=10"),
    ("a: list = Input(default_factory=list)", "Cog refuses default_factory"),
    ("a: int = Input(defualt=1)", "Input() takes no `defualt`"),
    ("a: dict = Input(default={'x': 1})", "this dict is one for all predictions"),
]


@pytest.mark.parametrize(("parameter", "words"), INPUTS)
def test_an_input_that_cog_refuses_or_that_surprises_is_said(tmp_path: Path, parameter: str, words: str) -> None:
    code = CODE.replace("a: str", parameter)
    found = said(write_model(tmp_path, code))
    assert len(found) == 1
    assert found[0].startswith("predict.py:3: `a`: ")
    assert words in found[0]


@pytest.mark.parametrize(
    "parameter",
    [
        "a: int = Input(default=10, ge=10, le=10)",
        "a: str = Input(default='ab', min_length=2, max_length=2, regex='a')",
        "a: list[str] = Input(default=[])",
        "a: str | None = None",
        "a: Path",
    ],
)
def test_an_input_at_its_bounds_is_right(tmp_path: Path, parameter: str) -> None:
    assert said(write_model(tmp_path, CODE.replace("a: str", parameter))) == []


def test_paths_that_are_not_in_the_image_are_said(tmp_path: Path) -> None:
    code = CODE + (
        'A = "/home/me/weights.bin"\nB = "weights/net.pth"\nC = "gone/net.pth"\nD = "here/net.pth"\n'
        'E = "https://example.com/net.pth"\nF = "/tmp/net.pth"\n'
    )
    folder = write_model(tmp_path, code)
    for name in ("weights", "here"):
        (folder / name).mkdir()
        (folder / name / "net.pth").write_bytes(b"x")
    (folder / ".dockerignore").write_text("# what stays here\nweights\n")
    assert said(folder) == [
        "predict.py:4: '/home/me/weights.bin' is a path of this machine: it is not in the image",
        "predict.py:5: weights/net.pth is left out of the image by .dockerignore:2",
        "predict.py:6: gone/net.pth is not in this folder: the image has it only if setup() fetches it",
        ".dockerignore:2: leaves weights/net.pth out of the image, which looks like weights",
    ]


@pytest.mark.parametrize(
    ("patterns", "left_out"),
    [
        ("*.pth", False), ("**/*.pth", True), ("a/*.pth", False), ("a/**", True), ("a/b/", True),
        ("/a/b/net.pth", True),
        ("a", True), ("**/*.pth\n!a/b/net.pth", False), ("a\n!a/b/*\na/b", True), ("a/?/net.pth", True), ("", False),
    ],
)  # fmt: skip
def test_a_pattern_of_dockerignore_leaves_out_what_docker_leaves_out(
    tmp_path: Path, patterns: str, left_out: bool
) -> None:
    folder = write_model(tmp_path, CODE)
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "net.pth").write_bytes(b"x")
    (folder / ".dockerignore").write_text(patterns)
    assert any("looks like weights" in line for line in said(folder)) == left_out


def test_what_goes_into_the_image_for_nothing_is_said_with_its_size(tmp_path: Path) -> None:
    folder = write_model(tmp_path, CODE)
    (folder / ".git").mkdir()
    (folder / ".git" / "pack").write_bytes(bytes(3 * 1024**2))
    assert said(folder) == [".dockerignore: does not leave out .git: 3 MB go into the image for nothing"]
    (folder / ".dockerignore").write_text(".git\n")
    assert said(folder) == []


def test_an_image_of_many_gigabytes_is_said_with_its_largest_file(tmp_path: Path) -> None:
    folder = write_model(tmp_path, CODE)
    with (folder / "net.pth").open("wb") as file:
        file.truncate(2 * 1024**3)
    assert said(folder) == [".dockerignore: 2.0 GB go into the image, the largest net.pth (2.0 GB)"]
