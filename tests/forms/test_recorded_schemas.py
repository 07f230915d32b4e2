"""Every recorded schema as a form."""

import pytest

from tests.support.schemas import HERE, NAMES, ORACLES, judge, oracle, recorded
from tui.forms import MISSING, FileInput, Form, Kind, OutputKind, parse_text, to_text

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not HERE, reason="../shared/replicate is absent"),
]


def form(name: str, section: str = "Input") -> Form:
    return Form.parse(recorded(next(full for full in NAMES if full.startswith(name))), section)


def kinds(name: str, section: str = "Input") -> dict[str, str]:
    return {field.name: str(field.kind) for field in form(name, section)}


def test_all_recorded_schemas_are_there() -> None:
    assert len(NAMES) == 36


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_schema_gives_one_field_for_each_property_in_x_order(name: str) -> None:
    schemas = recorded(name)["components"]["schemas"]
    for section in ("Input", "TrainingInput"):
        parsed = Form.parse(recorded(name), section)
        assert parsed.known == (section in schemas)
        properties = schemas.get(section, {}).get("properties", {})
        assert [f.name for f in parsed] == sorted(properties, key=lambda n: properties[n]["x-order"])
        assert [f.name for f in parsed if f.required] == [
            f.name for f in parsed if f.name in schemas[section].get("required", ())
        ]
        for field in parsed:
            assert field.hint
            # Only what truly is of several types is left to a JSON editor.
            assert (field.kind is Kind.JSON) == (name.startswith("embed_anyof") and field.name == "text")


@pytest.mark.parametrize("name", NAMES)
def test_every_default_of_a_recorded_schema_is_shown_and_read_back(name: str) -> None:
    for section in ("Input", "TrainingInput"):
        parsed = Form.parse(recorded(name), section)
        for field in parsed:
            if field.default is not MISSING:
                assert parse_text(field, to_text(field, field.default)) == field.default


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_of_a_recorded_schema_are_an_input_that_it_accepts(name: str) -> None:
    parsed = Form.parse(recorded(name))
    values = {f.name: f.default for f in parsed if f.default is not MISSING}
    values |= {f.name: "https://example.com/a.png" if f.kind is Kind.FILE else "a" for f in parsed if f.required}
    values |= {f.name: ["https://example.com/a.png"] for f in parsed if f.required and f.kind is Kind.LIST}
    checked = parsed.check(values)
    assert checked.ok, checked
    assert judge(recorded(name)).is_valid(checked.input)


def test_each_kind_of_input_is_told_from_the_others() -> None:
    flux = kinds("image__black-forest-labs_flux-dev")
    assert flux["prompt"] == "text"
    assert flux["image"] == "file"
    assert flux["seed"] == "integer"
    assert flux["guidance"] == "number"
    assert flux["go_fast"] == "boolean"
    assert flux["megapixels"] == flux["aspect_ratio"] == "choice"
    assert kinds("secret__mattt_shh") == {"secret": "secret"}
    assert kinds("secret_arrays")["hf_token"] == "secret"
    assert kinds("embed_anyof")["text"] == "json"
    assert kinds("modern__google_nano-banana-2")["aspect_ratio"] == "choice"
    assert kinds("old_shim") == {"sentence": "text"}
    assert kinds("empty_input") == {}
    assert kinds("trainer__ostris", "TrainingInput")["wandb_api_key"] == "secret"
    assert kinds("image_train", "TrainingInput")["lr_scheduler"] == "choice"


def test_lists_know_what_their_items_are() -> None:
    for name, field_name, kind in (
        ("array_int", "redux_double_layers", Kind.INTEGER),
        ("array_mixed", "loras", Kind.STRING),
        ("array_mixed", "lora_scales", Kind.NUMBER),
        ("array_uri", "images", Kind.FILE),
        ("modern__bytedance", "image_input", Kind.FILE),
    ):
        field = form(name).field(field_name)
        assert field is not None
        assert field.kind is Kind.LIST
        assert field.item is not None
        assert field.item.kind is kind


def test_integer_choices_behind_a_reference_stay_integers() -> None:
    width = form("many_inputs").field("width")
    assert width is not None
    assert width.kind is Kind.CHOICE
    assert width.choices[:3] == (128, 256, 384)
    assert width.default == 512
    assert parse_text(width, "768") == 768
    preset = form("object_output").field("mp3_preset")
    assert preset is not None
    assert parse_text(preset, "2") == 2
    cadence = form("many_inputs").field("diffusion_cadence")
    assert cadence is not None
    assert parse_text(cadence, "2") == "2"


def test_a_thousand_choices_are_refused_with_the_nearest_ones() -> None:
    huge = form("huge_enum")
    field = huge.field("image_class")
    assert field is not None
    assert len(field.choices) == 1001
    assert field.hint == "one of 1001 · default None"
    message = huge.from_text({"image_class": "tinca tinc"}).problems[0].message
    assert "one of 1001 choices (nearest: 0) tench, Tinca tinca" in message
    assert len(message) < 400


def test_bounds_and_nullability_are_kept() -> None:
    seed = form("nullable__").field("seed")
    assert seed is not None
    assert (seed.nullable, seed.minimum, seed.required) == (True, 0, False)
    width = form("image_edit").field("width")
    assert width is not None
    assert width.hint == "integer · 256–1440"
    assert width.default is MISSING
    assert form("image_edit").check({"prompt": "x", "width": 2000}).problems[0].message == (
        "must be at most 1440, got 2000"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("llm__meta", OutputKind.TEXT_STREAM),
        ("vision__", OutputKind.TEXT_STREAM),
        ("empty_input", OutputKind.TEXT_STREAM),
        ("caption__", OutputKind.TEXT),
        ("secret__mattt", OutputKind.TEXT),
        ("image__black-forest-labs_flux-schnell", OutputKind.FILES),
        ("nullable__", OutputKind.FILES),
        ("image_edit", OutputKind.FILE),
        ("modern__google_nano-banana-pro", OutputKind.FILE),
        ("object_output", OutputKind.JSON),
        ("array_uri", OutputKind.JSON),
        ("audio_gen__suno", OutputKind.JSON),
        ("old_shim", OutputKind.JSON),
    ],
)
def test_the_output_kind_is_read_from_the_schema(name: str, kind: OutputKind) -> None:
    assert form(name).output is kind


@pytest.mark.parametrize("name", ORACLES)
def test_what_cog_writes_today_is_understood(name: str) -> None:
    parsed = Form.parse(oracle(name))
    assert parsed.known
    assert all(field.kind is not Kind.JSON for field in parsed)
    training = Form.parse(oracle(name), "TrainingInput")
    assert [str(field.kind) for field in training] == ["file", "integer"]
    assert training.output is OutputKind.JSON


def test_cogs_optional_inputs_are_nullable_without_a_default_and_never_sent_as_null() -> None:
    parsed = Form.parse(oracle("run.openapi.json"))
    seed = parsed.field("seed")
    assert seed is not None
    assert seed.nullable
    assert seed.default is MISSING
    old = parsed.field("old")
    assert old is not None
    assert old.deprecated
    assert "deprecated" in old.hint
    assert parsed.check({"seed": None, "api_key": None, "image": None}).input == {}
    prompt = parsed.field("prompt")
    assert prompt is not None
    assert (prompt.min_length, prompt.max_length) == (1, 400)
    assert parsed.output is OutputKind.TEXT_STREAM
    key = parsed.field("api_key")
    assert key is not None
    assert key.kind is Kind.SECRET


def test_a_recorded_form_takes_what_is_typed() -> None:
    checked = form("array_uri").from_text(
        {
            "images": "~/cat.png\nhttps://example.com/dog.png\n",
            "seed": " 7 ",
            "mesh_simplify": "0.95",
            "texture_size": "",
        }
    )
    assert checked.ok
    assert checked.input == {"images": ["~/cat.png", "https://example.com/dog.png"], "seed": 7, "mesh_simplify": 0.95}
    images = checked.input["images"]
    assert isinstance(images, list)
    assert all(isinstance(image, FileInput) for image in images)
