"""A model's schema from its source alone is the one that Cog writes, and what is not known is said with its line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cog.folders import predictor, write_model
from tests.cog.public_shapes import SHAPES, Shape
from tests.support.paths import REPLICATE, ROOT
from tui.cog.modules import CannotRead
from tui.cog.source import read_source

MODELS = ROOT / "tui" / "sandbox" / "models"
ORACLE = REPLICATE / "cog" / "oracle"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in MODELS.glob("*/cog.yaml")))
def test_the_schema_of_a_model_of_the_sandbox_is_the_file_beside_it(name: str) -> None:
    read = read_source(MODELS / name)
    assert read.schema == json.loads((MODELS / name / "openapi_schema.json").read_text())
    assert read.findings == ()


@pytest.mark.recorded
@pytest.mark.skipif(not ORACLE.exists(), reason="../shared/replicate is not here")
@pytest.mark.parametrize("name", ["run", "image", "single", "obj"])
def test_the_schema_is_the_one_that_the_go_command_wrote(tmp_path: Path, name: str) -> None:
    for path in ORACLE.glob("*.py"):
        shutil.copy(path, tmp_path)
    (tmp_path / "cog.yaml").write_text(
        f'build:\n  python_version: "3.12"\nrun: "{name}.py:Runner"\ntrain: "train.py:train"\n'
    )
    wrote = json.loads((ORACLE / f"{name}.openapi.json").read_text())
    read = read_source(tmp_path)
    assert read.schema | {"info": wrote["info"]} == wrote
    assert (read.runner, read.trainer, read.findings) == (f"{name}.py:Runner", "train.py:train", ())


def test_there_are_thirty_shapes() -> None:
    assert len(SHAPES) == 30


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_predictor_in_the_shape_of_a_public_one_has_no_wrong_field(tmp_path: Path, shape: Shape) -> None:
    read = read_source(write_model(tmp_path, shape.text, entry=shape.entry))
    schemas = read.schema["components"]["schemas"]
    assert read.findings == ()
    properties = schemas["Input"]["properties"]
    bare = {
        name: {k: v for k, v in field.items() if k not in ("title", "x-order")} for name, field in properties.items()
    }
    assert bare == shape.inputs
    assert [field["x-order"] for field in properties.values()] == list(range(len(properties)))
    assert schemas["Input"].get("required", []) == list(shape.required)
    assert schemas["Output"] == {**shape.output, "title": "Output"}
    assert {name: schemas[name]["enum"] for name in shape.enums} == shape.enums
    assert (read.schema["paths"]["/predictions"]["post"].get("x-cog-streaming") is True) == shape.streams


def test_a_field_is_titled_as_cog_titles_it(tmp_path: Path) -> None:
    code = predictor("num_outputs: int, aB_c: str")
    properties = read_source(write_model(tmp_path, code)).schema["components"]["schemas"]["Input"]["properties"]
    assert [field["title"] for field in properties.values()] == ["Num Outputs", "AB C"]


def test_types_and_constants_come_from_other_files_of_the_folder(tmp_path: Path) -> None:
    code = """
from cog import BasePredictor, Input
from shared import Result as Output, SIZES
import shared
class Predictor(BasePredictor):
    def predict(self, size: str = Input(choices=SIZES, default=shared.FIRST)) -> Output: ...
"""
    shared = 'from cog import BaseModel\nSIZES = ["s", "l"]\nFIRST = SIZES[0]\nclass Result(BaseModel):\n    ok: bool\n'
    schemas = read_source(write_model(tmp_path, code, shared_py=shared)).schema["components"]["schemas"]
    assert schemas["size"]["enum"] == ["s", "l"]
    assert schemas["Input"]["properties"]["size"]["default"] == "s"
    assert schemas["Output"]["properties"] == {"ok": {"type": "boolean", "title": "Ok"}}


UNKNOWN = [
    ("a: set", "-> str", 5, "`a`: `set` cannot be an input of Cog's"),
    ("a: list[list[int]]", "-> str", 5, "`a`: `list[list[int]]`: Cog takes no list of lists"),
    ("a: Nowhere", "-> str", 5, "`a`: the type `Nowhere` is defined nowhere in this folder"),
    ("a: np.ndarray", "-> str", 5, "it comes from numpy, and Cog takes its own types alone"),
    ("a: Path | str", "-> str", 5, "Cog takes no union with a file, a secret or a Literal"),
    ("a", "-> str", 5, "`a` has no type"),
    ("a: int = Input(default=compute())", "-> str", 5, "the default of `a` is not known: `compute()`"),
    ("a: str = Input(choices=load())", "-> str", 5, "the choices of `a` is not known: `load()`"),
    ("a: int, **more", "-> str", 5, "must not have `more`"),
    ("a: int", "", 5, "does not say what it returns"),
    ("a: int", "-> str | None", 5, "an output cannot be Optional"),
    ("a: int", "-> tuple[int, int]", 5, "`tuple[int, int]` cannot be an output of Cog's"),
    ("a: int", "-> ConcatenateIterator[int]", 5, "pieces that are joined must be str"),
    ("a: Mode", "-> str", 5, "write str or int, and Input(choices=[member.value for member in Mode])"),
]


@pytest.mark.parametrize(("parameters", "returns", "line", "words"), UNKNOWN)
def test_what_is_not_known_is_said_with_its_line(
    tmp_path: Path, parameters: str, returns: str, line: int, words: str
) -> None:
    code = f"""import numpy as np
from enum import Enum
from cog import BasePredictor, ConcatenateIterator, Input, Path
class Predictor(BasePredictor):
    def predict(self, {parameters}) {returns}:
        ...
class Mode(Enum):
    A = 1
"""
    read = read_source(write_model(tmp_path, code))
    assert len(read.findings) == 1
    assert read.findings[0].said(read.folder).startswith(f"predict.py:{line}: ")
    assert words in read.findings[0].text


@pytest.mark.parametrize(
    ("config", "code", "said"),
    [
        (None, None, "cog.yaml: is not there"),
        ("build: [", None, "cog.yaml:1: is no YAML"),
        ("- a\n", None, "cog.yaml:1: must be a list of `key: value`"),
        ("build:\n  gpu: true\n", None, "cog.yaml:1: names neither `run:` nor `predict:`"),
        (
            "build:\n  gpu: true\npredict: predict.Predictor\n",
            None,
            "cog.yaml:3: `predict` must be such as run.py:Runner",
        ),
        ("\npredict: predict.py:Predictor\n", None, "cog.yaml:2: `predict` names predict.py, which is not there"),
        ("predict: predict.py:Predictor\n", "class Predictor(", "predict.py:1: is no Python"),
        ("predict: predict.py:Predictor\n", "x = 1\n", "predict.py: has no `Predictor`"),
        (
            "predict: predict.py:Predictor\n",
            "\nclass Predictor: ...\n",
            "predict.py:2: `Predictor` has no run() or predict()",
        ),
    ],
)
def test_a_folder_that_cannot_be_read_says_why_and_where(
    tmp_path: Path, config: str | None, code: str | None, said: str
) -> None:
    if config is not None:
        (tmp_path / "cog.yaml").write_text(config)
    if code is not None:
        (tmp_path / "predict.py").write_text(code)
    with pytest.raises(CannotRead) as caught:
        read_source(tmp_path)
    assert caught.value.finding.said(tmp_path.resolve()).startswith(said)


def test_nothing_of_the_authors_is_run(tmp_path: Path) -> None:
    code = """
from pathlib import Path
Path("ran").write_text("x")
import helper
from cog import BasePredictor, Input
class Predictor(BasePredictor):
    def predict(self, a: str = Input(default=str(Path("ran2").write_text("x")))) -> str: ...
"""
    folder = write_model(tmp_path, code, helper_py='open("ran3", "w")\n')
    before = sorted(path.name for path in folder.iterdir())
    assert len(read_source(folder).findings) == 1
    assert sorted(path.name for path in folder.iterdir()) == before
    assert not any(Path(name).exists() for name in ("ran", "ran2", "ran3"))


@pytest.mark.parametrize(
    "expression", ["'x' * 10**10", "9**9**9**9", "[0] * 10**12", "list(range(10**12))", "'%999999999d' % 1"]
)
def test_an_expression_cannot_take_the_memory(tmp_path: Path, expression: str) -> None:
    code = predictor(f"a: str = {expression}")
    assert "is known only when the code runs" in read_source(write_model(tmp_path, code)).findings[0].text
