"""Thirty predictors in the shapes of public ones, each with the inputs and the output that it has.

`text` is the code; `inputs` are the fields without title and order, `required` those that must be given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Obj = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    name: str
    text: str
    output: Obj
    inputs: dict[str, Obj] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    enums: dict[str, list[Any]] = field(default_factory=dict)
    streams: bool = False
    entry: str = "predict.py:Predictor"


def s(description: str | None = None, **more: Any) -> Obj:
    return {"type": "string", **({"description": description} if description else {}), **more}


def i(description: str | None = None, **more: Any) -> Obj:
    return {**s(description, **more), "type": "integer"}


def n(description: str | None = None, **more: Any) -> Obj:
    return {**s(description, **more), "type": "number"}


def b(description: str | None = None, **more: Any) -> Obj:
    return {**s(description, **more), "type": "boolean"}


def uri(description: str | None = None, **more: Any) -> Obj:
    return {**s(description, **more), "format": "uri"}


def some(items: Obj, **more: Any) -> Obj:
    return {"type": "array", "items": items, **more}


def one_of(name: str, description: str | None = None, **more: Any) -> Obj:
    found = {**s(description, **more), "allOf": [{"$ref": f"#/components/schemas/{name}"}]}
    del found["type"]
    return found


SECRET = {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True}
ITERATED = {"x-cog-array-type": "iterator"}
JOINED = {**ITERATED, "x-cog-array-display": "concatenate"}

SHAPES = [
    Shape(
        "the example of the documentation",
        '''
from cog import BasePredictor, Input, Path
import torch

class Predictor(BasePredictor):
    def setup(self):
        """Load the model into memory"""
        self.net = torch.load("weights.pth")

    def predict(self,
            image: Path = Input(description="Grayscale input image"),
            scale: float = Input(description="Factor to scale image by", default=1.5, ge=1.0, le=10.0)
    ) -> Path:
        return image
''',
        uri(),
        {
            "image": uri("Grayscale input image"),
            "scale": n("Factor to scale image by", default=1.5, minimum=1, maximum=10),
        },
        ("image",),
    ),
    Shape(
        "a text-to-image model with schedulers in a dict",
        """
from typing import List, Optional
import torch
from cog import BasePredictor, Input, Path
from diffusers import DDIMScheduler, PNDMScheduler

SCHEDULERS = {
    "DDIM": "ddim",
    "K_EULER": "euler",
    "PNDM": "pndm",
}

class Predictor(BasePredictor):
    @torch.inference_mode()
    def predict(
        self,
        prompt: str = Input(description="Input prompt", default="An astronaut riding a rainbow unicorn"),
        negative_prompt: str = Input(description="Input Negative Prompt", default=""),
        image: Path = Input(description="Input image for img2img or inpaint mode", default=None),
        mask: Optional[Path] = Input(description="Input mask", default=None),
        width: int = Input(description="Width of output image", default=1024),
        num_outputs: int = Input(description="Number of images to output.", ge=1, le=4, default=1),
        scheduler: str = Input(description="scheduler", choices=list(SCHEDULERS.keys()), default="K_EULER"),
        guidance_scale: float = Input(description="Scale", ge=1, le=50, default=7.5),
        seed: int = Input(description="Random seed. Leave blank to randomize the seed", default=None),
        apply_watermark: bool = Input(description="Applies a watermark", default=True),
    ) -> List[Path]:
        return []
""",
        some(uri()),
        {
            "prompt": s("Input prompt", default="An astronaut riding a rainbow unicorn"),
            "negative_prompt": s("Input Negative Prompt", default=""),
            "image": uri("Input image for img2img or inpaint mode"),
            "mask": uri("Input mask", default=None, nullable=True),
            "width": i("Width of output image", default=1024),
            "num_outputs": i("Number of images to output.", minimum=1, maximum=4, default=1),
            "scheduler": one_of("scheduler", "scheduler", default="K_EULER"),
            "guidance_scale": n("Scale", minimum=1, maximum=50, default=7.5),
            "seed": i("Random seed. Leave blank to randomize the seed"),
            "apply_watermark": b("Applies a watermark", default=True),
        },
        ("image", "seed"),
        {"scheduler": ["DDIM", "K_EULER", "PNDM"]},
    ),
    Shape(
        "a language model that streams, with the old names",
        """
from cog import BasePredictor, ConcatenateIterator, Input

DEFAULT_SYSTEM = "You are a helpful assistant."

class Predictor(BasePredictor):
    def predict(
        self,
        prompt: str,
        system_prompt: str = Input(default=DEFAULT_SYSTEM, description="System prompt"),
        max_new_tokens: int = Input(default=512, ge=1, le=4096),
        top_p: float = Input(default=0.95, ge=0.0, le=1.0),
        stop_sequences: str = Input(default=None),
        debug: bool = False,
    ) -> ConcatenateIterator[str]:
        yield prompt
""",
        some(s(), **JOINED),
        {
            "prompt": s(),
            "system_prompt": s("System prompt", default="You are a helpful assistant."),
            "max_new_tokens": i(default=512, minimum=1, maximum=4096),
            "top_p": n(default=0.95, minimum=0, maximum=1),
            "stop_sequences": s(),
            "debug": b(default=False),
        },
        ("prompt", "stop_sequences"),
    ),
    Shape(
        "a language model with the new names",
        """
from cog import BaseRunner, ConcatenateIterator, Input, Secret, streaming

class Runner(BaseRunner):
    @streaming
    async def run(
        self,
        prompt: str = Input(description="The prompt", min_length=1, max_length=20_000),
        api_key: Secret = Input(description="Your key", default=None),
        temperature: float | None = Input(default=None, ge=0, le=2),
    ) -> ConcatenateIterator[str]:
        yield prompt
""",
        some(s(), **JOINED),
        {
            "prompt": s("The prompt", minLength=1, maxLength=20000),
            "api_key": {**SECRET, "description": "Your key", "default": None, "nullable": True},
            "temperature": n(default=None, nullable=True, minimum=0, maximum=2),
        },
        ("prompt",),
        streams=True,
        entry="run.py:Runner",
    ),
    Shape(
        "progressive pictures",
        """
from typing import Iterator
from cog import BasePredictor, Path

class Predictor(BasePredictor):
    def predict(self, prompt: str, steps: int = 20) -> Iterator[Path]:
        yield Path("x.png")
""",
        some(uri(), **ITERATED),
        {"prompt": s(), "steps": i(default=20)},
        ("prompt",),
    ),
    Shape(
        "asynchronous, by the module's name",
        """
import cog
from typing import AsyncIterator

class Predictor(cog.BasePredictor):
    async def predict(self, text: str = cog.Input(description="Text"), speed: float = cog.Input(default=1)) \\
            -> AsyncIterator[cog.Path]:
        yield cog.Path("x")
""",
        some(uri(), **ITERATED),
        {"text": s("Text"), "speed": n(default=1)},
        ("text",),
    ),
    Shape(
        "an object as output",
        """
from typing import Optional
from cog import BaseModel, BasePredictor, Input, Path

class ModelOutput(BaseModel):
    text: str
    language: Optional[str] = None
    srt_file: Optional[Path]
    confidence: float = 1.0

class Predictor(BasePredictor):
    def predict(self, audio: Path = Input(description="Audio file")) -> ModelOutput:
        return ModelOutput(text="")
""",
        {
            "type": "object",
            "properties": {
                "text": s(title="Text"),
                "language": s(title="Language", nullable=True),
                "srt_file": uri(title="Srt File", nullable=True),
                "confidence": n(title="Confidence"),
            },
            "required": ["text"],
        },
        {"audio": uri("Audio file")},
        ("audio",),
    ),
    Shape(
        "nested objects",
        """
from typing import Dict, List
from cog import BaseModel, BasePredictor, Input, Path
from pydantic import BaseModel as Pydantic

class Box(Pydantic):
    x: float
    label: str

class Page(BaseModel):
    number: int
    boxes: List[Box]

class Output(BaseModel):
    pages: list[Page]
    counts: Dict[str, int]

class Predictor(BasePredictor):
    def predict(self, document: Path) -> Output:
        return Output()
""",
        {
            "type": "object",
            "properties": {
                "pages": some(
                    {
                        "type": "object",
                        "properties": {
                            "number": i(title="Number"),
                            "boxes": some(
                                {
                                    "type": "object",
                                    "properties": {"x": n(title="X"), "label": s(title="Label")},
                                    "required": ["x", "label"],
                                },
                                title="Boxes",
                            ),
                        },
                        "required": ["number", "boxes"],
                    },
                    title="Pages",
                ),
                "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "title": "Counts"},
            },
            "required": ["pages", "counts"],
        },
        {"document": uri()},
        ("document",),
    ),
    Shape(
        "a list of objects",
        """
from cog import BaseModel, BasePredictor
class Entry(BaseModel):
    score: float
class Predictor(BasePredictor):
    def predict(self, text: str) -> list[Entry]:
        return []
""",
        some({"type": "object", "properties": {"score": n(title="Score")}, "required": ["score"]}),
        {"text": s()},
        ("text",),
    ),
    Shape(
        "an object that holds others of its kind",
        """
from __future__ import annotations
from cog import BaseModel, BasePredictor
class Node(BaseModel):
    name: str
    children: list[Node]
class Predictor(BasePredictor):
    def predict(self, text: str) -> Node: ...
""",
        {
            "type": "object",
            "properties": {"name": s(title="Name"), "children": some({"type": "object"}, title="Children")},
            "required": ["name", "children"],
        },
        {"text": s()},
        ("text",),
    ),
    Shape(
        "unions of plain types",
        """
from typing import Optional, Union
from cog import BasePredictor, Input
class Predictor(BasePredictor):
    def predict(
        self,
        size: Union[int, str] = Input(default="auto"),
        stop: Optional[Union[str, list[str]]] = Input(default=None),
        scale: int | float = 1,
        either: Union[str, None] = None,
    ) -> str: ...
""",
        s(),
        {
            "size": {"anyOf": [i(), s()], "default": "auto"},
            "stop": {"anyOf": [s(), some(s())], "default": None, "nullable": True},
            "scale": {"anyOf": [i(), n()], "default": 1},
            "either": s(default=None, nullable=True),
        },
    ),
    Shape(
        "lists of everything",
        """
from typing import Any, Dict, List, Optional
from cog import BasePredictor, Input, Path, File, Secret
class Predictor(BasePredictor):
    def predict(
        self,
        images: List[Path] = Input(description="Pictures"),
        words: list[str] = Input(default=["a", "b"]),
        numbers: List[int] = [1, 2],
        messages: list[dict] = Input(default=[]),
        more: List[Dict[str, Any]] = Input(default=[]),
        keys: list[Secret] = Input(default=[]),
        maybe: Optional[List[float]] = None,
        anything: list = Input(default=[]),
        old: File = Input(default=None),
    ) -> Any: ...
""",
        {"type": "object"},
        {
            "images": some(uri(), description="Pictures"),
            "words": some(s(), default=["a", "b"]),
            "numbers": some(i(), default=[1, 2]),
            "messages": some({"type": "object"}, default=[]),
            "more": some({"type": "object"}, default=[]),
            "keys": some(SECRET, default=[]),
            "maybe": some(n(), default=None, nullable=True),
            "anything": some({"type": "object"}, default=[]),
            "old": uri(),
        },
        ("images", "old"),
    ),
    Shape(
        "choices by an enumeration",
        """
from enum import Enum
from cog import BasePredictor, Input
class Style(str, Enum):
    PLAIN = "plain"
    BOLD = "bold"
class Count(Enum):
    ONE = 1
    TWO = 2
class Predictor(BasePredictor):
    def predict(
        self,
        style: str = Input(choices=[style.value for style in Style], default=Style.BOLD.value),
        other: str = Input(choices=list(Style), default=Style.PLAIN),
        count: int = Input(choices=[Count.ONE.value, Count.TWO.value], default=1),
        names: str = Input(choices=[m.name for m in Count], default="ONE"),
    ) -> str: ...
""",
        s(),
        {
            "style": one_of("style", default="bold"),
            "other": one_of("other", default="plain"),
            "count": one_of("count", default=1),
            "names": one_of("names", default="ONE"),
        },
        (),
        {"style": ["plain", "bold"], "other": ["plain", "bold"], "count": [1, 2], "names": ["ONE", "TWO"]},
    ),
    Shape(
        "choices that are put together",
        """
from cog import BasePredictor, Input
BASE = ["a", "b"]
SIZES = {"small": 256, "large": 1024}
ALL = BASE + ["c"]
class Predictor(BasePredictor):
    def predict(
        self,
        model: str = Input(choices=ALL, default=ALL[0]),
        spread: str = Input(choices=[*BASE, "z"], default="z"),
        ordered: str = Input(choices=sorted(SIZES), default="large"),
        pixels: int = Input(choices=list(SIZES.values()), default=SIZES["small"]),
        steps: int = Input(choices=list(range(1, 4)), default=2),
        texts: str = Input(choices=[f"{size}px" for size in (256, 512)], default="256px"),
    ) -> str: ...
""",
        s(),
        {
            "model": one_of("model", default="a"),
            "spread": one_of("spread", default="z"),
            "ordered": one_of("ordered", default="large"),
            "pixels": one_of("pixels", default=256),
            "steps": one_of("steps", default=2),
            "texts": one_of("texts", default="256px"),
        },
        (),
        {
            "model": ["a", "b", "c"],
            "spread": ["a", "b", "z"],
            "ordered": ["large", "small"],
            "pixels": [256, 1024],
            "steps": [1, 2, 3],
            "texts": ["256px", "512px"],
        },
    ),
    Shape(
        "a Literal",
        """
from typing import Literal, Optional
from cog import BasePredictor, Input
class Predictor(BasePredictor):
    def predict(self, mode: Literal["fast", "good"] = "fast", count: Optional[Literal[1, 2]] = None) -> str: ...
""",
        s(),
        {"mode": one_of("mode", default="fast"), "count": one_of("count", default=None, nullable=True)},
        (),
        {"mode": ["fast", "good"], "count": [1, 2]},
    ),
    Shape(
        "numbers that are computed",
        """
from cog import BasePredictor, Input
MEGA = 1024 * 1024
MAX_SEED = 2**32 - 1
class Predictor(BasePredictor):
    def predict(
        self,
        seed: int = Input(default=-1, ge=-1, le=MAX_SEED),
        size: int = Input(default=2 * MEGA, le=16 * MEGA),
        ratio: float = Input(default=1 / 4, ge=0.0),
        strength: float = Input(default=-0.5, ge=-1.0, le=1.0),
        big: float = Input(default=1e3),
    ) -> float: ...
""",
        n(),
        {
            "seed": i(default=-1, minimum=-1, maximum=4294967295),
            "size": i(default=2097152, maximum=16777216),
            "ratio": n(default=0.25, minimum=0),
            "strength": n(default=-0.5, minimum=-1, maximum=1),
            "big": n(default=1000),
        },
    ),
    Shape(
        "descriptions in several pieces",
        '''
from cog import BasePredictor, Input
LIMIT = 10
NOTE = "Leave it out for a random one."
class Predictor(BasePredictor):
    def predict(
        self,
        a: str = Input(description="one "
            "two", default="x"),
        b: str = Input(description=f"at most {LIMIT} words", default="y"),
        c: int = Input(description="The seed. " + NOTE, default=0),
        d: str = Input(description="""First line.

        Second line.""", default=""),
        e: str = Input(description='quoted "word" \\\\ back', default="\\n"),
        f: str = Input(description="ünï 🦆", default="…"),
    ) -> str: ...
''',
        s(),
        {
            "a": s("one two", default="x"),
            "b": s("at most 10 words", default="y"),
            "c": i("The seed. Leave it out for a random one.", default=0),
            "d": s("First line.\n\n        Second line.", default=""),
            "e": s('quoted "word" \\ back', default="\n"),
            "f": s("ünï 🦆", default="…"),
        },
    ),
    Shape(
        "a pattern, a deprecated input, accepted kinds",
        r"""
from cog import BasePredictor, Input, Path
class Predictor(BasePredictor):
    def predict(
        self,
        colour: str = Input(default="#ffffff", regex=r"^#[0-9a-f]{6}$"),
        old: str = Input(default="", deprecated=True),
        kept: str = Input(default="", deprecated=False),
        picture: Path = Input(accept="image/png,image/jpeg"),
    ) -> bool: ...
""",
        b(),
        {
            "colour": s(default="#ffffff", pattern="^#[0-9a-f]{6}$"),
            "old": s(default="", deprecated=True),
            "kept": s(default=""),
            "picture": uri(**{"x-cog-accept": "image/png,image/jpeg"}),
        },
        ("picture",),
    ),
    Shape(
        "types under other names",
        """
from cog import BasePredictor as Base, Input as Field, Path as CogPath
from pathlib import Path
import typing as t
Image = CogPath
Maybe = t.Optional[int]
class Predictor(Base):
    def predict(self, a: CogPath, b: Path, c: Image = Field(description="c"), d: Maybe = None) -> t.List[Image]: ...
""",
        some(uri()),
        {"a": uri(), "b": uri(), "c": uri("c"), "d": i(default=None, nullable=True)},
        ("a", "b", "c"),
    ),
    Shape(
        "annotations as texts",
        """
from cog import BasePredictor, Input, Path
class Predictor(BasePredictor):
    def predict(self, a: "str", b: "Path | None" = None, c: "list[int]" = Input(default=[1])) -> "Path": ...
""",
        uri(),
        {"a": s(), "b": uri(default=None, nullable=True), "c": some(i(), default=[1])},
        ("a",),
    ),
    Shape(
        "an annotated type and an opaque one",
        """
from typing import Annotated, Any
from cog import BasePredictor, Input, Opaque
from elsewhere import Chat
class Predictor(BasePredictor):
    def predict(
        self,
        a: Annotated[int, "unit"] = 1,
        messages: Annotated[list[Chat], Opaque] = Input(default=[]),
        tool: Annotated[Chat, Opaque] = Input(description="tool"),
    ) -> dict[str, Any]: ...
""",
        {"type": "object"},
        {
            "a": i(default=1),
            "messages": some({"type": "object"}, default=[]),
            "tool": {"type": "object", "description": "tool"},
        },
        ("tool",),
    ),
    Shape(
        "dicts and typed dicts",
        """
from typing import Dict, NotRequired, TypedDict
from cog import BasePredictor
class Message(TypedDict):
    role: str
    content: str
    name: NotRequired[str]
class Loose(TypedDict, total=False):
    a: int
class Predictor(BasePredictor):
    def predict(self, messages: list[Message], options: dict = {}, more: Dict[str, int] = {}, one: Loose = {}) \\
            -> Message: ...
""",
        {
            "type": "object",
            "properties": {"role": s(title="Role"), "content": s(title="Content"), "name": s(title="Name")},
            "required": ["role", "content"],
        },
        {
            "messages": some({"type": "object"}),
            "options": {"type": "object", "default": {}},
            "more": {"type": "object", "default": {}},
            "one": {"type": "object", "default": {}},
        },
        ("messages",),
    ),
    Shape(
        "a function alone",
        """
from cog import Input, Path
def predict(image: Path = Input(description="x"), n: int = Input(default=1)) -> Path: ...
""",
        uri(),
        {"image": uri("x"), "n": i(default=1)},
        ("image",),
        entry="predict.py:predict",
    ),
    Shape(
        "a method that is inherited",
        """
from cog import BasePredictor, Input
class Base(BasePredictor):
    def predict(self, prompt: str, n: int = 1) -> str: ...
class Predictor(Base):
    def setup(self): ...
""",
        s(),
        {"prompt": s(), "n": i(default=1)},
        ("prompt",),
    ),
    Shape(
        "inputs that are shared",
        """
from cog import BasePredictor, Input
PROMPT = Input(description="The prompt")
class Inputs:
    steps = Input(description="Steps", default=4, ge=1, le=8)
class Predictor(BasePredictor):
    def predict(self, prompt: str = PROMPT, steps: int = Inputs.steps) -> str: ...
""",
        s(),
        {"prompt": s("The prompt"), "steps": i("Steps", default=4, minimum=1, maximum=8)},
        ("prompt",),
    ),
    Shape(
        "names that are imported where they can be",
        """
try:
    from typing import Optional
    from cog import BasePredictor, Input
except ImportError:
    pass
if True:
    LIMIT = 5
class Predictor(BasePredictor):
    def predict(self, n: Optional[int] = Input(default=LIMIT)) -> int: ...
""",
        i(),
        {"n": i(default=5, nullable=True)},
    ),
    Shape(
        "optional without a default, and default first",
        """
from typing import Optional
from cog import BasePredictor, Input
class Predictor(BasePredictor):
    def predict(self, a: Optional[str] = Input(description="a"), b: Optional[int] = Input(3, ge=0)) -> str: ...
""",
        s(),
        {"a": s("a", nullable=True), "b": i(default=3, minimum=0, nullable=True)},
    ),
    Shape(
        "decorated in many ways",
        """
import functools
import cog
from cog import BaseRunner, Input
class Runner(BaseRunner):
    @cog.streaming()
    @cog.concurrent(max=4)
    @functools.wraps(len)
    async def run(self, prompt: str = Input(description="p")) -> cog.AsyncConcatenateIterator[str]:
        yield ""
""",
        some(s(), **JOINED),
        {"prompt": s("p")},
        ("prompt",),
        streams=True,
        entry="run.py:Runner",
    ),
    Shape(
        "no inputs at all",
        """
from cog import BasePredictor
class Predictor(BasePredictor):
    def predict(self) -> list[dict[str, float]]: ...
""",
        some({"type": "object", "additionalProperties": {"type": "number"}}),
    ),
    Shape(
        "a class that inherits fields",
        """
from typing import Optional
from cog import BaseModel, BasePredictor, Path
class Timed(BaseModel):
    seconds: float
class Output(Timed):
    file: Path
    note: Optional[str] = None
    seconds: int
class Predictor(BasePredictor):
    def predict(self, x1: float, x_2_y: float = 0.0) -> Output: ...
""",
        {
            "type": "object",
            "properties": {
                "seconds": i(title="Seconds"),
                "file": uri(title="File"),
                "note": s(title="Note", nullable=True),
            },
            "required": ["seconds", "file"],
        },
        {"x1": n(), "x_2_y": n(default=0)},
        ("x1",),
    ),
]
