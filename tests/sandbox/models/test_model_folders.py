"""Every model's folder holds what the sandbox serves, and its schema says what its code takes."""

import json

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.models import cog_schema
from tests.sandbox.models.served_model import MODELS, with_files
from tests.support.paths import REPLICATE

NAMES = sorted(path.parent.name for path in MODELS.glob("*/cog.yaml"))
ORACLE = REPLICATE / "cog" / "oracle"


def test_the_ten_models_are_there() -> None:
    wanted = {"bard", "caption", "cutout", "everything", "fractal", "guide"}
    assert wanted | {"strings", "trouble", "upscale", "zoom"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_models_schema_file_is_what_cog_build_writes_for_its_code(name: str) -> None:
    written = (MODELS / name / "openapi_schema.json").read_text()
    assert written == cog_schema.as_text(cog_schema.of_folder(MODELS / name))


@pytest.mark.recorded
@pytest.mark.skipif(not ORACLE.exists(), reason="../shared/replicate is not here")
@pytest.mark.parametrize("name", ["run", "image", "single", "obj"])
def test_the_schema_of_a_signature_is_the_one_that_the_go_command_wrote(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    wrote = json.loads((ORACLE / f"{name}.openapi.json").read_text())
    streams = "@streaming" in (ORACLE / f"{name}.py").read_text()
    ours = cog_schema.document(
        cog_schema.load(ORACLE, name).Runner.run, cog_schema.load(ORACLE, "train").train, streams
    )
    assert ours | {"info": wrote["info"]} == wrote


@pytest.mark.parametrize("name", NAMES)
def test_a_models_examples_fit_its_schema_and_their_files_are_small(name: str) -> None:
    folder = MODELS / name
    document = json.loads((folder / "openapi_schema.json").read_text())
    text = json.dumps(document["components"]["schemas"])
    schema = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    judge = Draft202012Validator(schema["Input"] | {"$defs": schema})
    model = json.loads((folder / "model.json").read_text())
    assert model.keys() == {"description", "examples", "github_url", "is_official", "visibility"}
    assert model["is_official"] == (name in ("guide", "fractal"))
    assert model["examples"]
    for example in model["examples"]:
        assert example.keys() == {"title", "input"}
        judge.validate(with_files(folder, example["input"]))
    assert all(path.stat().st_size < 60_000 for path in folder.glob("examples/*"))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_that_it_is_a_small_one_of_the_sandbox(name: str) -> None:
    description = json.loads((MODELS / name / "model.json").read_text())["description"]
    assert "local sandbox model" in description
    readme = (MODELS / name / "README.md").read_text()
    assert readme.startswith(f"# {name}\n")
    assert "local sandbox" in readme


def test_every_model_is_in_a_collection_and_no_collection_names_another() -> None:
    collections = json.loads((MODELS / "collections.json").read_text())
    keys = {"slug", "name", "description", "full_description", "models"}
    assert all(collection.keys() == keys for collection in collections)
    assert {name for collection in collections for name in collection["models"]} == set(NAMES)
    assert len({collection["slug"] for collection in collections}) == len(collections)
