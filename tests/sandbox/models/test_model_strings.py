"""Strings plays the notes that it is given, in tune and as long as they last."""

import array
import io
import wave

import pytest

from tests.sandbox.models.served_model import Served, content, examples


@pytest.fixture(scope="module")
def strings(served) -> Served:
    return served("strings")


def sound(uri: str) -> tuple[array.array, int]:
    kind, data = content(uri)
    assert kind in ("audio/wav", "audio/x-wav")
    with wave.open(io.BytesIO(data)) as held:
        assert (held.getnchannels(), held.getsampwidth()) == (1, 2)
        samples = array.array("h")
        samples.frombytes(held.readframes(held.getnframes()))
        return samples, held.getframerate()


def pitch(samples: array.array, rate: int, low: float, high: float) -> float:
    """The frequency in Hz whose period the sound repeats best."""
    part = samples[rate // 10 : rate // 10 + 2048]
    size = len(part) - int(rate / low) - 2

    def likeness(lag: int) -> int:
        return sum(part[i] * part[i + lag] for i in range(size))

    best = max(range(int(rate / high), int(rate / low) + 1), key=likeness)
    before, here, after = likeness(best - 1), likeness(best), likeness(best + 1)
    shift = 0.5 * (before - after) / (before - 2 * here + after)
    return rate / (best + shift)


def test_every_example_lasts_as_long_as_its_beats(strings: Served) -> None:
    seconds = [16 * 60 / 140, 12 * 60 / 100, 8 * 60 / 200]
    for example, lasts in zip(examples("strings"), seconds, strict=True):
        samples, rate = sound(strings.run(example)["output"])
        assert rate == example.get("sample_rate", 22050)
        assert len(samples) / rate == pytest.approx(lasts + 0.6, abs=0.01)
        assert 29_000 < max(map(abs, samples)) <= 30_000


@pytest.mark.parametrize(("note", "hertz"), [("A4", 440.0), ("E2", 82.41), ("Bb5", 932.33), ("F#3", 185.0)])
def test_a_note_is_in_tune(strings: Served, note: str, hertz: float) -> None:
    done = strings.run({"melody": f"{note}:2", "sample_rate": 44100, "damping": 0})
    heard = pitch(*sound(done["output"]), hertz * 0.8, hertz * 1.25)
    assert heard == pytest.approx(hertz, rel=0.006), "within a tenth of a semitone"


def test_a_rest_is_silent_and_damping_shortens(strings: Served) -> None:
    def loudness(values: dict[str, object]) -> int:
        samples, rate = sound(strings.run(values)["output"])
        return max(map(abs, samples[rate : rate + rate // 4]))

    ringing, muted = (loudness({"melody": "A3:2", "tempo": 60, "damping": d}) for d in (0, 1))
    assert muted < ringing / 10
    assert loudness({"melody": "C4:0.1 -:4", "tempo": 60, "damping": 0.5}) < 300


@pytest.mark.parametrize(
    ("melody", "told"),
    [("C4 X9", "'X9' is no note"), ("C9", "Hz"), ("A4:99", "beats"), ("|", "no notes"), ("C4:32 " * 20, "the most is")],
)
def test_what_cannot_be_played_is_named(strings: Served, melody: str, told: str) -> None:
    answer = strings.post({"melody": melody, "tempo": 60}).json()
    assert answer["status"] == "failed"
    assert told in answer["error"]
