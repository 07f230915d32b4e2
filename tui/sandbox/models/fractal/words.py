"""What a prompt's words ask for: the place, the hour, the weather and the colours."""

import re
import zlib
from dataclasses import dataclass

Colour = tuple[int, int, int]

PLACES = {
    "ocean": "ocean sea beach wave waves coast island sail harbor harbour bay surf",
    "lake": "lake river pond reflection reflections fjord mirror loch still",
    "forest": "forest wood woods tree trees pine pines jungle taiga",
    "desert": "desert dune dunes sand sahara oasis camel",
    "city": "city town skyline tower towers skyscraper skyscrapers street tokyo york london",
    "volcano": "volcano lava magma eruption fire inferno hell ember embers flame flames burning",
    "mountain": "mountain mountains peak peaks alps hill hills valley summit ridge range snow snowy ice "
    "winter arctic glacier himalaya",
}
HOURS = {
    "night": "night midnight star stars starry moon moonlight moonlit dark aurora milky constellation",
    "dawn": "dawn sunrise morning early daybreak pink rose",
    "dusk": "sunset dusk evening twilight golden gold orange autumn warm red",
    "storm": "storm stormy rain rainy thunder lightning grey gray gloomy",
    "day": "day noon sunny blue summer clear bright green spring cloud clouds",
}
KINDS = {
    "mandelbrot": "mandelbrot mandel seahorse minibrot",
    "julia": "julia dragon dendrite rabbit spiral spirals fractal fractals recursive infinite infinity",
    "nebula": "nebula galaxy galaxies space cosmos cosmic universe smoke marble plasma abstract dream "
    "interstellar supernova",
}
# These mean a kind whatever place the prompt names; the others only when it names none.
NAMED_KINDS = {"mandelbrot", "mandel", "julia", "fractal", "fractals", "nebula", "galaxy", "galaxies"}
TONES = {
    "fire": "fire lava magma flame flames hell inferno ember red hot volcano",
    "ocean": "ocean sea water blue wave deep azure",
    "forest": "forest green jungle moss emerald jade",
    "gold": "gold golden amber honey sunset autumn desert sand bronze",
    "ice": "ice snow winter frost arctic cold glacier silver white",
    "neon": "neon cyberpunk vapor synth synthwave electric laser disco",
    "rose": "rose pink love flower blossom candy cherry dawn",
    "violet": "violet purple night galaxy nebula cosmic space magic dream",
}
COLOURS: dict[str, list[Colour]] = {
    "fire": [(8, 2, 6), (92, 10, 20), (214, 58, 16), (255, 168, 44), (255, 244, 200)],
    "ocean": [(2, 8, 28), (6, 44, 92), (16, 116, 166), (98, 204, 212), (240, 252, 244)],
    "forest": [(4, 14, 12), (14, 58, 44), (56, 122, 62), (172, 192, 92), (250, 248, 214)],
    "gold": [(18, 8, 22), (92, 34, 52), (204, 104, 50), (246, 190, 98), (255, 248, 220)],
    "ice": [(8, 16, 36), (40, 82, 128), (124, 176, 208), (206, 232, 240), (255, 255, 255)],
    "neon": [(10, 4, 34), (84, 10, 124), (230, 24, 150), (40, 196, 240), (232, 255, 255)],
    "rose": [(26, 8, 32), (112, 30, 84), (222, 94, 124), (252, 180, 168), (255, 246, 236)],
    "violet": [(6, 4, 24), (48, 22, 106), (126, 62, 190), (226, 132, 206), (255, 240, 236)],
}


@dataclass(frozen=True)
class Scene:
    """What to paint. `known` are the words of the prompt that steered it."""

    kind: str
    place: str
    hour: str
    tone: str
    aurora: bool
    snow: bool
    known: tuple[str, ...]

    @property
    def colours(self) -> list[Colour]:
        """Five colours from dark to light."""
        return COLOURS[self.tone]


def _first(words: list[str], table: dict[str, str]) -> tuple[str, str] | None:
    for word in words:
        for name, known in table.items():
            if word in known.split():
                return name, word
    return None


def read(prompt: str, kind: str) -> Scene:
    """The scene that a prompt describes; what it does not say is chosen by a checksum of its text."""
    words = re.findall(r"[^\W\d_]+", prompt.lower())
    chance = zlib.crc32(" ".join(words).encode())
    found = {
        name: _first(words, table)
        for name, table in (("kind", KINDS), ("place", PLACES), ("hour", HOURS), ("tone", TONES))
    }
    place = found["place"][0] if found["place"] else list(PLACES)[chance % len(PLACES)]
    hour = found["hour"][0] if found["hour"] else ["dusk", "dawn", "day", "night"][chance // 7 % 4]
    tone = found["tone"][0] if found["tone"] else list(TONES)[chance // 31 % len(TONES)]
    if kind == "auto":
        named = bool(set(words) & NAMED_KINDS)
        kind = found["kind"][0] if found["kind"] and (named or not found["place"]) else "landscape"
    return Scene(
        kind=kind,
        place=place,
        hour=hour,
        tone=tone,
        aurora=bool({"aurora", "northern", "borealis"} & set(words)),
        snow=bool({"snow", "snowy", "winter", "ice", "arctic", "glacier", "himalaya"} & set(words)),
        known=tuple(dict.fromkeys(match[1] for match in found.values() if match)),
    )
