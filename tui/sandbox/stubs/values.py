"""Makes a value that fits a schema, by chance that an input and its seed decide."""

import base64
import math
import random
import re

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str
from tui.sandbox.media_types import TYPES
from tui.sandbox.stubs.kinds import ending_for
from tui.sandbox.stubs.media import Wish, make_file
from tui.sandbox.stubs.stub import Stub, is_file, like, prompt_of, seed_of, streams_text
from tui.sandbox.validation import faults, resolve

_MOST_DEPTH = 12
_COUNT_INPUTS = ("num_outputs", "num_images", "number_of_images", "num_samples", "n_images", "batch_size", "max_images")
_LENGTH_INPUTS = ("max_tokens", "max_new_tokens", "max_completion_tokens", "max_output_tokens", "max_length")
_WORDS = ("harbour", "lamp", "meadow", "river", "stone", "candle", "winter", "garden", "window", "letter", "bridge")


class Maker:
    """Makes one output of a stub. All of it may take a while: it is called from a thread."""

    def __init__(self, stub: Stub, root: Obj, given: Obj) -> None:
        self._stub = stub
        self._root = root
        self._given = given
        self._seed = seed_of(stub, given)
        self._chance = random.Random(self._seed)  # noqa: S311 - the same input shall give the same output
        self._files = 0

    def output(self, shape: Obj) -> Json:
        """The whole output."""
        if streams_text(resolve(shape, self._root)):
            return list[Json](self._pieces(self._sentence()))
        return self._value(shape, (), self._stub.example, 0)

    def _value(self, schema: Obj, names: tuple[str, ...], example: Json, depth: int) -> Json:
        schema = resolve(schema, self._root)
        if "const" in schema:
            return schema["const"]
        choices = as_list(schema.get("enum"))
        if choices:
            return self._chance.choice(choices)
        alternatives = as_list(schema.get("anyOf")) or as_list(schema.get("oneOf"))
        if alternatives:
            return self._value(self._chosen(alternatives, example), names, example, depth)
        schema = _merged(schema, self._root)
        match _type(schema):
            case "string":
                return self._text(schema, names, example)
            case "integer":
                return self._whole(schema)
            case "number":
                return self._number(schema)
            case "boolean":
                return self._chance.random() < 0.5
            case "array":
                return self._array(schema, names, example, depth)
            case "object":
                return self._object(schema, names, example, depth)
            case "null":
                return None
            case _:
                if example is None or depth >= _MOST_DEPTH:
                    return self._text(schema, names, None)
                return self._value(like(example), names, example, depth + 1)

    def _chosen(self, alternatives: list[Json], example: Json) -> Obj:
        """The alternative that the example fits, else the first that is more than null."""
        known = [as_obj(alternative) for alternative in alternatives]
        if example is not None:
            fitting = [one for one in known if not faults(example, one, self._root, "")]
            if fitting:
                return fitting[0]
        return next((one for one in known if resolve(one, self._root).get("type") != "null"), known[0])

    def _object(self, schema: Obj, names: tuple[str, ...], example: Json, depth: int) -> Json:
        properties = as_obj(schema.get("properties"))
        required = {as_str(name) for name in as_list(schema.get("required"))}
        shown = as_obj(example)
        made: Obj = {}
        for name, part in properties.items():
            if name in required or depth < _MOST_DEPTH // 2:
                made[name] = self._value(as_obj(part), (*names, name), shown.get(name), depth + 1)
        for name in required - properties.keys():
            made[name] = self._value({}, (*names, name), shown.get(name), depth + 1)
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and not made and depth < _MOST_DEPTH:
            made["first"] = self._value(more, (*names, "first"), None, depth + 1)
        return made

    def _array(self, schema: Obj, names: tuple[str, ...], example: Json, depth: int) -> Json:
        items = as_obj(schema.get("items"))
        shown = as_list(example)
        least, most = schema.get("minItems"), schema.get("maxItems")
        count = self._count(names) if depth == 0 and is_file(resolve(items, self._root)) else len(shown[:3]) or 1
        if isinstance(most, int):
            count = min(count, most)
        if isinstance(least, int):
            count = max(count, least)
        if depth >= _MOST_DEPTH:
            count = least if isinstance(least, int) else 0
        return [
            self._value(items, names, shown[at] if at < len(shown) else None, depth + 1)
            for at in range(min(count, 1000))
        ]

    def _count(self, names: tuple[str, ...]) -> int:
        for name in _COUNT_INPUTS:
            value = self._input(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return max(1, min(value, 16))
        return 1

    def _text(self, schema: Obj, names: tuple[str, ...], example: Json) -> str:
        if is_file(schema):
            return self._file(schema, names, example)
        match schema.get("format"):
            case "date-time":
                return "2026-01-01T00:00:00Z"
            case "date":
                return "2026-01-01"
            case "uuid":
                return f"00000000-0000-4000-8000-{self._chance.getrandbits(48):012x}"
            case "email":
                return "stand-in@example.com"
            case _:
                pass
        text = "".join(self._pieces(self._sentence())) if not names else f"{names[-1]} {self._chance.choice(_WORDS)}"
        least, most = schema.get("minLength"), schema.get("maxLength")
        if isinstance(least, int) and len(text) < least:
            text = text.ljust(least, ".")
        return text[:most] if isinstance(most, int) else text

    def _sentence(self) -> str:
        words = " ".join(self._chance.choice(_WORDS) for _ in range(8))
        asked = prompt_of(self._given).strip()
        question = f' It was asked: "{asked[:300]}".' if asked else ""
        return f"This text stands in for {self._stub.name}; no model made it.{question} Words by chance: {words}."

    def _pieces(self, text: str) -> list[str]:
        """The text in words, as many as the input allows."""
        most = next((value for name in _LENGTH_INPUTS if isinstance(value := self._given.get(name), int)), None)
        pieces = re.findall(r"\s*\S+", text)
        return pieces if most is None else pieces[: max(1, most)]

    def _whole(self, schema: Obj) -> int:
        least, most = _bounds(schema, 1)
        step = schema.get("multipleOf")
        if isinstance(step, int) and step > 0:
            return max(math.ceil(least / step), 0 if least <= 0 else 1) * step
        return self._chance.randint(math.ceil(least), max(math.ceil(least), math.floor(most)))

    def _number(self, schema: Obj) -> float:
        least, most = _bounds(schema, 1e-6)
        return round(least + (most - least) * self._chance.random(), 6) if most > least else least

    def _file(self, schema: Obj, names: tuple[str, ...], example: Json) -> str:
        ending = ending_for(self._stub, self._root, self._given, schema, names, example)
        width, height = self._size()
        said = f"Stands in for {self._stub.name}. {prompt_of(self._given)[:150]}"
        wish = Wish(self._seed + self._files, said, width, height, self._seconds())
        self._files += 1
        content = base64.b64encode(make_file(ending, wish)).decode()
        return f"data:{TYPES[ending]};base64,{content}"

    def _size(self) -> tuple[int, int]:
        """As the input wishes: by width and height, or by the aspect of a megapixel."""
        width, height = self._input("width"), self._input("height")
        if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
            return width, height
        ratio = re.fullmatch(r"(\d{1,3}):(\d{1,3})", as_str(self._input("aspect_ratio")))
        if ratio and int(ratio[1]) and int(ratio[2]):
            aspect = min(8.0, max(0.125, int(ratio[1]) / int(ratio[2])))
            return round(1024 * math.sqrt(aspect) / 16) * 16, round(1024 / math.sqrt(aspect) / 16) * 16
        return 512, 512

    def _seconds(self) -> float:
        value = self._input("duration")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 1.0

    def _input(self, name: str) -> Json:
        """What was given, or else the schema's default."""
        parts = as_obj(as_obj(self._root.get("components")).get("schemas"))
        properties = as_obj(as_obj(parts.get("Input")).get("properties"))
        return self._given.get(name, as_obj(properties.get(name)).get("default"))


def _type(schema: Obj) -> str:
    """The type that is asked for, or that the keywords mean."""
    wanted = schema.get("type")
    if isinstance(wanted, list):
        return next((as_str(kind) for kind in wanted if kind != "null"), "null")
    if isinstance(wanted, str):
        return wanted
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    return "null" if schema.get("nullable") is True and "format" not in schema else ""


def _merged(schema: Obj, root: Obj) -> Obj:
    """A schema with the parts of its `allOf` put into one."""
    made = {name: value for name, value in schema.items() if name != "allOf"}
    for part in as_list(schema.get("allOf")):
        for name, value in _merged(resolve(as_obj(part), root), root).items():
            if name == "properties":
                made[name] = {**as_obj(value), **as_obj(made.get(name))}
            elif name == "required":
                made[name] = [*as_list(made.get(name)), *as_list(value)]
            else:
                made.setdefault(name, value)
    return made


def _bounds(schema: Obj, step: float) -> tuple[float, float]:
    """The least and the most, within 0 and 100 where the schema leaves it open."""
    found: dict[str, float] = {}
    for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        value = schema.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    # The older words say beside the bound that it is exclusive.
    least = found.get("minimum", found.get("exclusiveMinimum", -math.inf))
    most = found.get("maximum", found.get("exclusiveMaximum", math.inf))
    if "exclusiveMinimum" in found or schema.get("exclusiveMinimum") is True:
        least += step
    if "exclusiveMaximum" in found or schema.get("exclusiveMaximum") is True:
        most -= step
    if least == -math.inf:
        least = min(0.0, most - 100)
    if most == math.inf:
        most = max(100.0, least + 100)
    return least, most
