"""Where the checkout lies, and beside it what is known of Replicate."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPLICATE = ROOT.parent / "shared" / "replicate"
