"""Models as the API would describe them, written for tests: one of each kind that a stub must imitate."""

import json
from pathlib import Path
from typing import Any

URI = {"type": "string", "format": "uri"}
FLUX_ID = "c6e5086a542c99e7e523a83d3017654e8618fe64ef427c772a1def05bb599f0c"
"""64 digits that stand for a version's real ones."""


def model(owner_name: str, inputs: dict[str, Any], output: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `replicate-tui model OWNER/NAME --json` would print of it."""
    owner, _, name = owner_name.partition("/")
    schemas = {
        "Input": {"type": "object", "title": "Input", "properties": inputs, "required": more.get("required", [])},
        "Output": {"title": "Output", **output},
        **more.get("schemas", {}),
    }
    answer: dict[str, Any] = {
        "owner": owner,
        "name": name,
        "description": more.get("description", ""),
        "latest_version": {"id": more.get("id", ""), "openapi_schema": {"components": {"schemas": schemas}}},
    }
    if "example" in more:
        answer["default_example"] = {"output": more["example"]}
    if "official" in more:
        answer["is_official"] = more["official"]
    return answer


FLUX = model(
    "black-forest-labs/flux-schnell",
    {
        "prompt": {"type": "string", "x-order": 0},
        "num_outputs": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1, "x-order": 1},
        "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}], "default": "1:1", "x-order": 2},
        "output_format": {"type": "string", "enum": ["webp", "jpg", "png"], "default": "webp", "x-order": 3},
        "seed": {"type": "integer", "x-order": 4},
        "image": {**URI, "x-order": 5},
    },
    {"type": "array", "items": URI},
    required=["prompt"],
    schemas={"aspect_ratio": {"type": "string", "title": "aspect_ratio", "enum": ["1:1", "16:9"]}},
    id=FLUX_ID,
    official=True,
    description="A fast image model",
)
LLAMA = model(
    "meta/meta-llama-3-8b-instruct",
    {"prompt": {"type": "string"}, "max_tokens": {"type": "integer", "minimum": 1, "default": 512}},
    {
        "type": "array",
        "items": {"type": "string"},
        "x-cog-array-type": "iterator",
        "x-cog-array-display": "concatenate",
    },
    official=True,
)
WHISPER = model(
    "openai/whisper",
    {"audio": URI, "language": {"type": "string", "default": "en"}},
    {"$ref": "#/components/schemas/ModelOutput"},
    required=["audio"],
    schemas={
        "ModelOutput": {
            "type": "object",
            "required": ["transcription", "srt_file"],
            "properties": {
                "transcription": {"type": "string"},
                "srt_file": {**URI, "title": "Srt File"},
                "segments": {"title": "Segments"},
                "language": {"type": "string", "enum": ["english", "german"]},
            },
        }
    },
    example={"transcription": "hello", "segments": [{"id": 0, "text": "hello", "tokens": [1, 2]}]},
    official=False,
    id="8" * 64,
)
VIDEO = model("minimax/video-01", {"prompt": {"type": "string"}}, URI, description="Generate 6s videos with prompts")
MUSIC = model(
    "meta/musicgen",
    {"prompt": {"type": "string"}, "output_format": {"type": "string", "enum": ["wav", "mp3"], "default": "wav"}},
    URI,
    example="https://replicate.delivery/pbxt/a/out.mp3",
)
MESHES = model(
    "firtoz/trellis",
    {"images": {"type": "array", "items": URI}, "seed": {"type": "integer"}},
    {"type": "object", "properties": {"model_file": URI, "color_video": URI, "combined": {**URI, "nullable": True}}},
)
EMBEDDINGS = model(
    "someone/embeddings",
    {"text": {"type": "string"}},
    {"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/One"}}, {"type": "string"}]},
    schemas={
        "One": {
            "type": "object",
            "required": ["vector", "score", "rank"],
            "properties": {
                "vector": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
                "score": {"type": "number", "minimum": 0, "maximum": 1},
                "rank": {"type": "integer", "minimum": 5, "exclusiveMaximum": 7},
                "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
                "next": {"$ref": "#/components/schemas/One"},
            },
        }
    },
)
OPEN = model("someone/anything", {"prompt": {"type": "string"}}, {}, example=["https://x.example/frames.gif"])
FRAMES = model(
    "someone/frames",
    {"count": {"type": "integer"}},
    {"type": "array", "items": URI, "x-cog-array-type": "iterator"},
    description="Paints images while you look",
)
TRAINER = model(
    "someone/trainer",
    {"prompt": {"type": "string"}},
    {"type": "string"},
    schemas={
        "TrainingInput": {"type": "object", "required": ["data"], "properties": {"data": URI}},
        "TrainingOutput": {"type": "object", "properties": {"weights": URI}},
    },
    official=False,
    id="7" * 64,
)
ALL = [FLUX, LLAMA, WHISPER, VIDEO, MUSIC, MESHES, EMBEDDINGS, OPEN, FRAMES, TRAINER]


def write_models(path: Path, models: list[dict[str, Any]]) -> Path:
    """A file with these models, as a page of the API has them."""
    path.write_text(json.dumps({"next": None, "previous": None, "results": models}))
    return path


def plain_schema(answer: dict[str, Any]) -> dict[str, Any]:
    """The output's schema in the words of JSON Schema, with what it refers to."""

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        made = {key: plain(value) for key, value in node.items() if key != "nullable"}
        return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made

    components = answer["latest_version"]["openapi_schema"]["components"]
    return {**plain(components["schemas"]["Output"]), "components": plain(components)}
