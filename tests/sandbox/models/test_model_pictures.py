"""The models that make or read pictures give what they promise."""

import base64
import io
import re
from concurrent.futures import ThreadPoolExecutor, wait

import httpx
import pytest
from PIL import Image, ImageChops

from tests.sandbox.models.served_model import MODELS, Served, content, data_uri, examples


def picture(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(content(uri)[1]))


def as_uri(image: Image.Image, kind: str = "png") -> str:
    held = io.BytesIO()
    image.save(held, kind)
    return f"data:image/{kind};base64,{base64.b64encode(held.getvalue()).decode()}"


QUICK = {"width": 160, "height": 112, "steps": 4, "pace": 0}


@pytest.fixture(scope="module")
def fractal(served) -> Served:
    return served("fractal")


@pytest.mark.parametrize("kind", ["landscape", "nebula", "mandelbrot", "julia"])
def test_fractal_paints_the_same_picture_for_the_same_seed_only(fractal: Served, kind: str) -> None:
    one, again, other = (
        picture(fractal.run({"prompt": "a cold lake", "kind": kind, "seed": seed, **QUICK})["output"][0]).convert("RGB")
        for seed in (5, 5, 6)
    )
    assert one.size == (160, 112)
    assert one.tobytes() == again.tobytes() != other.tobytes()
    assert len(one.getcolors(1 << 24)) > 200, "it is a picture, not a plain area"


@pytest.mark.parametrize(
    "place", ["mountain", "snow", "ocean", "lake", "forest", "desert", "city", "volcano", "aurora"]
)
def test_fractal_paints_every_place_at_every_shape(fractal: Served, place: str) -> None:
    for hour, (width, height) in {"night": (64, 300), "sunset": (300, 64), "storm": (96, 96), "noon": (64, 64)}.items():
        done = fractal.run({**QUICK, "prompt": f"{place} at {hour}", "width": width, "height": height, "steps": 1})
        assert picture(done["output"][0]).size == (width, height)


def test_the_prompts_words_choose_what_fractal_paints(fractal: Served) -> None:
    logs = [fractal.run({"prompt": p, **QUICK})["logs"] for p in ("fire julia", "ocean at sunset", "galaxy")]
    assert [re.search(r"Painting (.*?) \(", log)[1] for log in logs] == [
        "julia in fire",
        "ocean, dusk in ocean",
        "nebula in violet",
    ]


@pytest.mark.parametrize(("kind", "format_"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG")])
def test_fractal_writes_the_asked_format(fractal: Served, kind: str, format_: str) -> None:
    assert picture(fractal.run({"prompt": "x", **QUICK, "output_format": kind})["output"][0]).format == format_


def test_fractals_log_shows_a_bar_for_every_step_of_all_pictures(fractal: Served) -> None:
    done = fractal.run({"prompt": "x", **QUICK, "num_outputs": 3})
    assert len(done["output"]) == 3
    bars = re.findall(r"^ *(\d+)%\|[^|]+\| (\d+)/12 \[\d\d:\d\d<\d\d:\d\d, +[\d.]+it/s\]$", done["logs"], re.M)
    assert [int(step) for _, step in bars] == list(range(1, 13))
    assert bars[5][0] == "50"
    assert done["metrics"]["image_count"] == 3


def test_fractal_refuses_what_is_out_of_bounds_by_name(fractal: Served) -> None:
    refused = fractal.refusal({"prompt": "x", "width": 63, "height": 1441, "num_outputs": 5, "kind": "photo"})
    assert refused.keys() == {"width", "height", "num_outputs", "kind"}
    assert "prompt" in fractal.refusal({"width": 100})


def test_upscale_gives_a_picture_that_many_times_larger(served) -> None:
    upscale = served("upscale")
    for example in examples("upscale"):
        before = picture(example["image"])
        after = picture(upscale.run(example)["output"])
        scale = example.get("scale", 2)
        assert after.size == (before.width * scale, before.height * scale)
        assert after.format == before.format
        assert after.has_transparency_data == before.has_transparency_data
        small = after.convert("RGB").resize(before.size, Image.Resampling.BOX)
        worst = ImageChops.difference(small, before.convert("RGB")).convert("L")
        assert sum(v * n for v, n in enumerate(worst.histogram())) / (before.width * before.height) < 12


def test_upscale_says_why_a_picture_is_too_large_or_none(served) -> None:
    upscale = served("upscale")
    huge = as_uri(Image.new("1", (5000, 5000)))
    assert "million pixels" in upscale.post({"image": huge}).json()["error"]
    assert upscale.post({"image": "data:image/png;base64,bm8="}).json()["status"] == "failed"
    assert upscale.refusal({"image": huge, "scale": 5}).keys() == {"scale"}


def test_cutout_makes_the_background_transparent_and_keeps_the_thing(served) -> None:
    cutout = served("cutout")
    mug = {"image": data_uri(MODELS / "cutout" / "examples" / "mug.jpg")}
    done = cutout.run(mug)
    alpha = picture(done["output"]).getchannel("A")
    corners = [alpha.getpixel(place) for place in ((0, 0), (479, 0), (0, 359), (479, 359))]
    assert corners == [0, 0, 0, 0]
    assert alpha.getpixel((230, 240)) == 255, "the mug's middle"
    assert alpha.getpixel((340, 185)) == 0, "what its handle encloses"
    assert 0.15 < done["metrics"]["kept_share"] < 0.3
    assert picture(cutout.run({**mug, "holes": False})["output"]).getchannel("A").getpixel((340, 185)) == 255
    inverse = picture(cutout.run({**mug, "invert": True})["output"]).getchannel("A")
    assert (inverse.getpixel((0, 0)), inverse.getpixel((230, 240))) == (255, 0)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_cutout_and_caption_take_the_smallest_pictures(served, size: tuple[int, int]) -> None:
    tiny = as_uri(Image.new("RGB", size, (200, 30, 30)))
    assert picture(served("cutout").run({"image": tiny})["output"]).size == size
    assert "red" in served("caption").run({"image": tiny})["output"]


def test_caption_says_size_colours_and_light(served) -> None:
    caption = served("caption")
    plain = Image.new("RGB", (300, 100), (20, 40, 200))
    plain.paste((255, 255, 255), (0, 0, 90, 100))
    text = caption.run({"image": as_uri(plain), "detail_level": "full"})["output"]
    assert "300 by 100" in text
    assert "mostly blue and white" in text
    assert "lighter on its left" in text
    assert "In numbers: PNG" in text
    short, normal = (
        caption.run({**examples("caption")[0], "detail_level": level})["output"] for level in ("short", "normal")
    )
    assert normal.startswith(short)
    assert "320 by 213" in short


def test_caption_tells_of_transparency_and_motion(served) -> None:
    caption = served("caption")
    clear = Image.new("RGBA", (10, 10), (0, 128, 0, 0))
    assert "100% of it is transparent" in caption.run({"image": as_uri(clear)})["output"]
    held = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (v, v, v)) for v in (0, 90, 180)]
    frames[0].save(held, "gif", save_all=True, append_images=frames[1:])
    moving = Image.open(held)
    assert moving.n_frames == 3
    uri = f"data:image/gif;base64,{base64.b64encode(held.getvalue()).decode()}"
    assert "3 frames" in caption.run({"image": uri})["output"]


def test_zoom_gives_an_animation_of_the_asked_frames(served) -> None:
    zoom = served("zoom")
    done = zoom.run({"frames": 5, "size": 60, "bounce": False, "fps": 10})
    film = picture(done["output"])
    assert (film.format, film.n_frames, film.size) == ("GIF", 5, (60, 40))
    assert (film.info["duration"], film.info["loop"]) == (100, 0)
    assert len(re.findall(r"\d/5 \[", done["logs"])) == 5
    back = zoom.run({"frames": 5, "size": 48, "target": "dendrite"})
    assert picture(back["output"]).n_frames == 8 == back["metrics"]["frame_count"]
    assert zoom.refusal({"frames": 61, "target": "moon"}).keys() == {"frames", "target"}


@pytest.mark.parametrize("name", ["fractal", "zoom", "caption"])
def test_every_example_of_a_model_runs(served, name: str) -> None:
    for example in examples(name):
        assert served(name).run({**example, "pace": 0})["output"]


@pytest.mark.parametrize(
    ("name", "values"),
    [("fractal", {"prompt": "a lake", "pace": 2, "steps": 50}), ("zoom", {"frames": 60, "size": 320})],
)
def test_a_picture_in_the_making_can_be_canceled(served, name: str, values: dict[str, object]) -> None:
    model = served(name)
    model.run({"prompt": "x", **QUICK, "frames": 2, "size": 48})
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.put, f"{model.base}/predictions/stop", json={"input": values}, timeout=60)
        # Cog drops a cancellation that comes before the model's own code has begun, so it is asked until it ends.
        while not wait([answer], timeout=0.1).done:
            model.cancel("stop")
        assert answer.result().json()["status"] == "canceled"
