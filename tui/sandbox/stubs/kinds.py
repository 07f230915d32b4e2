"""Which kind of file an output is: told by what was asked for, an example, the schema's words and the model's name."""

import re
from urllib.parse import urlsplit

from tui.sandbox.jsons import Json, Obj, as_obj, as_str
from tui.sandbox.media_types import TYPES, ending_of
from tui.sandbox.stubs.stub import Stub

_FORMAT_INPUTS = (
    "output_format", "format", "file_format", "image_format", "audio_format", "video_format", "output_type",
    "output_file_type", "output_file_format", "output_extension",
)  # fmt: skip
_SAME = {"jpeg": ".jpg", "text": ".txt", "tiff": ".png", "m4a": ".mp3", "mov": ".mp4", "webm": ".mp4", "midi": ".mid"}
_WORDS = (
    (".glb", r"glb|gltf|mesh|3d|text.to.3d|shap.?e|trellis|point.?cloud"),
    (".ply", r"ply|gaussian.?splat\w*"),
    (".safetensors", r"safetensors"),
    (".zip", r"zip(ped)?|archive"),
    (".tar", r"tar|weights|trainer"),
    (".srt", r"srt|subtitles?"),
    (".svg", r"svg|vector (image|graphic)s?"),
    (".mid", r"midi"),
    (".csv", r"csv"),
    (".json", r"json"),
    (".pdf", r"pdf"),
    (".gif", r"gifs?"),
    (".mp4", r"videos?|movie|mp4|animat\w*|frame interpolation|lip.?sync\w*|talking.?(head|face)|i2v|t2v|film|dance"),
    (".wav", r"wav|music\w*|audios?|speech|voices?|vocals?|tts|sounds?|songs?|singing|drums|bass|stems?|speaker|rvc"),
    (".mp3", r"mp3"),
    (".txt", r"transcri\w*|txt|markdown"),
    (
        ".png",
        r"images?|photos?|pictures?|masks?|png|jpe?g|webp|diffusion|sdxl|flux|portraits?|faces?|upscal\w*|img|inpaint\w*",
    ),
)


def ending_for(stub: Stub, root: Obj, given: Obj, part: Obj, names: tuple[str, ...], example: Json) -> str:
    """The ending of one file of the output, which stands under `names` and looked like `example` at the real one."""
    wished = _wished(root, given)
    told = _of_example(example) or _by_words(" ".join(names).replace("_", " "))
    told = told or _by_words(f"{as_str(part.get('title'))} {as_str(part.get('description'))}".replace("Output", ""))
    told = told or _by_words(re.sub(r"[-_/]", " ", stub.name)) or _by_words(stub.description)
    if wished and (told is None or _family(wished) == _family(told)):
        return wished
    return told or ".png"


def _wished(root: Obj, given: Obj) -> str | None:
    """The format that the input asks for, or that the schema takes when it asks for none."""
    parts = as_obj(as_obj(as_obj(root.get("components")).get("schemas")))
    properties = as_obj(as_obj(parts.get("Input")).get("properties"))
    for name in _FORMAT_INPUTS:
        value = given.get(name, as_obj(properties.get(name)).get("default"))
        word = as_str(value).lower().strip().lstrip(".")
        ending = _SAME.get(word, f".{word}")
        if word and ending in TYPES:
            return ending
    return None


def _of_example(example: Json) -> str | None:
    text = as_str(example)
    if text.startswith("data:"):
        ending = ending_of(text[5:].partition(",")[0].partition(";")[0])
    else:
        word = urlsplit(text).path.rpartition(".")[2].lower() if text.startswith("http") else ""
        ending = _SAME.get(word, f".{word}")
    return ending if ending in TYPES else None


def _by_words(text: str) -> str | None:
    lowered = text.lower()
    return next((ending for ending, words in _WORDS if re.search(rf"\b({words})\b", lowered)), None)


def _family(ending: str) -> str:
    return TYPES[ending].partition("/")[0]
