"""Models that nobody described: their name, or what they are given, tells their kind, and they take any input."""

import re
from typing import Literal

from tui.sandbox.jsons import Obj
from tui.sandbox.stubs.snapshots import Snapshot

Kind = Literal["text", "images", "image", "video", "audio", "transcript", "caption", "numbers", "mesh"]

_BY_NAME: tuple[tuple[Kind, str], ...] = (
    ("transcript", r"whisper|transcri|asr|speech-to-text|diariz|parakeet|scribe"),
    ("numbers", r"embed|clip-features|imagebind|e5-|bge-|gte-"),
    ("mesh", r"trellis|shap-e|hunyuan3d|hunyuan-3d|triposr|3d|rodin|glb"),
    ("caption", r"blip|caption|interrogat|img2prompt|ocr|moondream|llava|nsfw|classif|florence|minicpm-v|vqa|describe"),
    ("audio", r"musicgen|bark|tts|speech|voice|audio|riffusion|music|xtts|kokoro|rvc|lyria|stable-audio|song|sound"),
    (
        "video",
        r"video|veo|kling|hailuo|mochi|ltx|wan-|wan2|i2v|t2v|animate|luma/ray|svd|gen-?[34]|pixverse|seedance|sora"
        r"|lipsync|wav2lip|sadtalker|live-portrait|zeroscope|film",
    ),
    (
        "image",
        r"esrgan|upscal|gfpgan|codeformer|rembg|remove|background|restor|colori[sz]|inpaint|controlnet|flux-1\.1"
        r"|flux-pro|flux-kontext|flux-2|flux-fill|flux-depth|flux-canny|ideogram|recraft|imagen|nano-banana|gpt-image"
        r"|face|swap|qwen-image|hidream|relight|photon|ic-light",
    ),
    (
        "images",
        r"flux|sdxl|stable-diffusion|diffusion|image|dall-?e|kandinsky|playground|photomaker|dreambooth|lora|sd-?3"
        r"|seedream|sana|midjourney|photo|draw|paint|anime|art\b|pixart|latent-consistency|lcm|pixray|logo|emoji|sticker",
    ),
    (
        "text",
        r"llama|gpt|claude|gemini|gemma|mistral|mixtral|qwen|phi-|deepseek|vicuna|falcon|granite|grok|chat|instruct"
        r"|command-r|yi-|codellama|starcoder|dolly|flan|t5|opus|sonnet|haiku|o[134]-",
    ),
)
_BY_INPUT: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("transcript", frozenset({"audio", "audio_file", "file_string", "transcription", "translate"})),
    (
        "text",
        frozenset({"max_tokens", "max_new_tokens", "max_completion_tokens", "messages", "system_prompt", "top_k"}),
    ),
    ("video", frozenset({"num_frames", "fps", "video", "video_path", "first_frame_image", "start_image"})),
    ("images", frozenset({"num_outputs", "num_inference_steps", "negative_prompt", "aspect_ratio", "scheduler"})),
    ("image", frozenset({"width", "height", "image", "mask", "scale", "guidance_scale"})),
    ("audio", frozenset({"lyrics", "voice", "speaker", "duration"})),
)
KNOWN_VERSIONS = {
    "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b": "stability-ai/sdxl",
    "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc": "stability-ai/sdxl",
    "27b93a2413e7f36cd83da926f3656280b2931564ff050bf9575f1fdf9bcd7478": "stability-ai/stable-diffusion",
    "ac732df83cea7fff18b8472768c88ad041fa750ff7682a21affe81863cbe77e4": "stability-ai/stable-diffusion",
    "8beff3369e81422112d93b89ca01426147de542cd4684c244b673b105188fe5f": "openai/whisper",
    "4d50797290df275329f202e48c76360b3f22b08d28c196cbc54600319435f8d2": "openai/whisper",
    "f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa": "nightmareai/real-esrgan",
    "42fed1c4974146d4d2414e2be2c5277c7fcf05fcc3a73abf41610695738c1d7b": "nightmareai/real-esrgan",
    "5599ed30703defd1d160a25a63321b4dec97101d98b4674bcc56e41f62f35637": "bytedance/sdxl-lightning-4step",
    "5c347a4bfa1d4523a58ae614c2194e15f2ae682b57e3797a5bb468920aa70ebf": "pixray/text2image",
    "6282abe6a492de4145d7bb601023762212f9ddbbe78278bd6771c8b3b2f2a13b": "replicate/vicuna-13b",
    "f677695e5e89f8b236e52ecd1d3f01beb44c34606419bcc19345e046d8f786f9": "andreasjansson/blip-2",
    "2e1dddc8621f72155f24cf2e0adbde548458d3cab9f00c0139eea840d0ac4746": "salesforce/blip",
    "671ac645ce5e552cc63a54a2bbff63fcf798043055d2dac5fc9e36a837eedcfb": "meta/musicgen",
    "02e509c789964a7ea8736978a43525956ef40397be9033abf9fd2badfe68c9e3": "meta/llama-2-70b-chat",
}
"""Versions that programs and documentation name by their digits alone."""


def kind_of(name: str) -> Kind:
    """What a model of this name most likely gives: text, where the name says nothing."""
    lowered = name.lower()
    for kind, words in _BY_NAME:
        if re.search(words, lowered):
            return kind
    return "text"


def kind_of_input(given: Obj) -> Kind:
    """What a model most likely gives that is given this: images, as most of those that are asked for by digits."""
    for kind, names in _BY_INPUT:
        if names & given.keys():
            return kind
    return "images"


def snapshot_of(owner: str, name: str, kind: Kind) -> Snapshot:
    """A model of that kind, as a file would tell of it."""
    said = f"Nothing is known of it but its name, by which it gives {_SAID[kind]}."
    return Snapshot(owner, name, "", True, said, _schema(kind))


_SAID: dict[Kind, str] = {
    "text": "text",
    "images": "images",
    "image": "an image",
    "video": "a video",
    "audio": "a sound",
    "transcript": "a transcript",
    "caption": "a text about an image",
    "numbers": "numbers",
    "mesh": "a mesh",
}


def _schema(kind: Kind) -> Obj:
    asked: Obj = {"prompt": {"type": "string", "x-order": 0}}
    parts: Obj = {
        "Input": {"type": "object", "title": "Input", "properties": asked},
        "Output": {"title": "Output", **_output(kind)},
    }
    return {"openapi": "3.0.2", "info": {"title": "Cog", "version": "0.1.0"}, "components": {"schemas": parts}}


def _output(kind: Kind) -> Obj:
    file: Obj = {"type": "string", "format": "uri"}
    match kind:
        case "text":
            text: Obj = {"type": "string"}
            kinds: Obj = {"x-cog-array-type": "iterator", "x-cog-array-display": "concatenate"}
            return {"type": "array", "items": text, **kinds}
        case "images":
            return {"type": "array", "items": {**file, "description": "image"}}
        case "transcript":
            segment: Obj = {
                "type": "object",
                "properties": {"start": {"type": "number"}, "end": {"type": "number"}, "text": {"type": "string"}},
            }
            return {
                "type": "object",
                "required": ["transcription", "detected_language", "segments"],
                "properties": {
                    "transcription": {"type": "string"},
                    "detected_language": {"type": "string", "enum": ["english"]},
                    "segments": {"type": "array", "items": segment},
                },
            }
        case "caption":
            return {"type": "string"}
        case "numbers":
            return {"type": "array", "minItems": 384, "maxItems": 384, "items": {"type": "number", "maximum": 1}}
        case _:
            return {**file, "description": kind}
