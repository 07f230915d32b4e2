"""Cog model: plays notes on plucked strings and gives a WAV."""

import array
import random
import re
import sys
import tempfile
import wave

from cog import BaseRunner, Input, Path

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
NOTE = re.compile(r"([A-Ha-h])([#♯b♭]*)(-?\d)?(?:[:/](\d+(?:\.\d+)?))?")
MOST_SECONDS = 120


def frequency(name: str, accidentals: str, octave: int) -> float:
    """A note's frequency in Hz, with A4 at 440."""
    step = STEPS[name.upper()]
    step += sum(1 if sign in "#♯" else -1 for sign in accidentals)
    return 440.0 * 2 ** ((step - 9) / 12 + octave - 4)


def parse(melody: str) -> list[tuple[list[float], float]]:
    """The melody as [(frequencies of a chord, beats)]; a rest has no frequencies.

    Raises ValueError for what is no note.
    """
    notes: list[tuple[list[float], float]] = []
    octave = 4
    for word in melody.replace("|", " ").replace(",", " ").split():
        chord: list[float] = []
        beats = 1.0
        for part in word.split("+"):
            rest = re.fullmatch(r"[-_rR](?:[:/](\d+(?:\.\d+)?))?", part)
            if rest:
                beats = float(rest[1] or beats)
                continue
            match = NOTE.fullmatch(part)
            if match is None:
                raise ValueError(f"{part!r} is no note: write E4, F#3, Bb5:2 (two beats), C4+E4+G4 or - for a rest")
            octave = int(match[3]) if match[3] else octave
            beats = float(match[4] or beats)
            pitch = frequency(match[1], match[2], octave)
            if not 20 <= pitch <= 5000:
                raise ValueError(f"{part!r} is {pitch:.0f} Hz; a string sounds from 20 to 5000 Hz")
            chord.append(pitch)
        if not 0 < beats <= 32:
            raise ValueError(f"{word!r} lasts {beats:g} beats; a note lasts more than 0 and at most 32")
        notes.append((chord, beats))
    if not notes:
        raise ValueError("the melody has no notes")
    return notes


def pluck(pitch: float, count: int, rate: int, damping: float, rng: random.Random) -> list[float]:
    """`count` samples of a plucked string by Karplus and Strong: noise that runs round a shrinking loop."""
    # A mean with the following sample is half a sample early.
    length = rate / pitch + 0.5
    size = max(2, int(length))
    part = length - int(length)
    line = [rng.uniform(-1, 1) for _ in range(size)]
    keep = (1 - damping * 0.06) ** (1 / (1 + pitch / 220))
    out: list[float] = []
    index, before, stretch = 0, 0.0, part
    while len(out) < count:
        here = line[index]
        following = line[index + 1 - size]
        out.append(here)
        # The mean of two neighbours dulls the tone turn by turn; the fraction keeps it in tune.
        mean = (here + following) * 0.5
        line[index] = keep * (mean * (1 - stretch) + before * stretch)
        before = mean
        index = index + 1 if index + 1 < size else 0
    return out


class Runner(BaseRunner):
    """Physical modelling of strings: no recordings, no learning."""

    def setup(self) -> None:
        """There is nothing to load."""
        print("strings: tuned to A4 = 440 Hz")

    def run(
        self,
        melody: str = Input(
            description="Notes, such as E4 F#4 G4:2 C4+E4+G4 - B3. A number after : is its beats, + joins a chord, "
            "- is a rest, and a note without an octave stays in the last one.",
            min_length=1,
            max_length=4000,
            default="E4 E4 F4 G4 G4 F4 E4 D4 C4 C4 D4 E4 E4:1.5 D4:0.5 D4:2",
        ),
        tempo: int = Input(description="Beats a minute.", ge=30, le=300, default=120),
        damping: float = Input(
            description="How soon a string falls silent: 0 rings long, 1 is muted.", ge=0, le=1, default=0.1
        ),
        sample_rate: int = Input(description="Samples a second.", choices=[8000, 16000, 22050, 44100], default=22050),
        seed: int = Input(description="The noise that the strings are plucked with.", ge=0, default=0),
    ) -> Path:
        """Give the melody as a 16-bit mono WAV."""
        notes = parse(melody)
        beat = 60 / tempo
        seconds = sum(beats for _, beats in notes) * beat
        tail = 0.6
        if seconds > MOST_SECONDS:
            raise ValueError(f"the melody lasts {seconds:.0f} s; the most is {MOST_SECONDS} s")
        rng = random.Random(seed)
        sound = array.array("f", bytes(4 * round((seconds + tail) * sample_rate)))
        place = 0.0
        for number, (chord, beats) in enumerate(notes, 1):
            start = round(place * sample_rate)
            count = min(len(sound) - start, round((beats * beat + tail) * sample_rate))
            for pitch in chord:
                ring = pluck(pitch, count, sample_rate, damping, rng)
                fade = min(count, round(0.05 * sample_rate))
                for index in range(fade):
                    ring[-1 - index] *= index / fade
                for index, value in enumerate(ring, start):
                    sound[index] += value
            place += beats * beat
            print(f"note {number}/{len(notes)} ({number / len(notes):.0%})", flush=True)
        loudest = max(abs(value) for value in sound) or 1.0
        samples = array.array("h", [round(value / loudest * 30000) for value in sound])
        if sys.byteorder == "big":
            samples.byteswap()
        path = Path(tempfile.mkdtemp(prefix="strings-")) / "out.wav"
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(sample_rate)
            out.writeframes(samples.tobytes())
        self.record_metric("audio_seconds", round(len(sound) / sample_rate, 3))
        return Path(path)
