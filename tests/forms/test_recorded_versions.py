"""What changed between the versions of a real model, checked by hand against the recorded answer."""

from __future__ import annotations

import json

import pytest

from tests.support.schemas import REPLICATE
from tui.forms import Form, compare

RECORDED = REPLICATE / "recorded/model-versions-list.json"
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not RECORDED.is_file(), reason="../shared/replicate is absent"),
]


def versions() -> dict[str, Form]:
    """Version id (the first eight digits) → form, newest first."""
    found = json.loads(RECORDED.read_text())["response"]["body_json"]
    return {one["id"][:8]: Form.parse(one["openapi_schema"]) for one in found["results"]}


def test_the_recorded_versions_differ_in_what_a_person_finds_by_reading_them() -> None:
    forms = versions()
    assert list(forms) == ["a00d0b7d", "d02f1e61", "7ca7f0d3", "2b017d9b", "2f779eb9"]
    # 2f77 → 2b01, 7ca7 → d02f and d02f → a00d: the same inputs word for word; only the code behind them changed.
    for old, new in (("2f779eb9", "2b017d9b"), ("7ca7f0d3", "d02f1e61"), ("d02f1e61", "a00d0b7d")):
        assert compare(forms[old], forms[new]) == []
    # 2b01 → 7ca7: the scheduler's default; a watermark that is on; the LoRA's scale. Descriptions are no change.
    wanted = [
        ("default", "scheduler: default DDIM → default K_EULER", False),
        ("added", "+ apply_watermark: true or false · default true", False),
        ("added", "+ lora_scale: number · 0–1 · default 0.6", False),
    ]
    assert [(c.what, c.text, c.breaking) for c in compare(forms["2b017d9b"], forms["7ca7f0d3"])] == wanted
    assert [(c.what, c.text, c.breaking) for c in compare(forms["2f779eb9"], forms["a00d0b7d"])] == wanted
    back = [(c.what, c.field, c.breaking) for c in compare(forms["a00d0b7d"], forms["2f779eb9"])]
    assert back == [
        ("default", "scheduler", False),
        ("removed", "apply_watermark", True),
        ("removed", "lora_scale", True),
    ]
