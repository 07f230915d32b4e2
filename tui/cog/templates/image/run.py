"""A model that takes a picture and gives one."""

import tempfile

from cog import BaseRunner, Input, Path
from PIL import Image, ImageOps


class Runner(BaseRunner):
    def setup(self) -> None:
        """Load what every prediction needs, once."""
        Image.init()

    def run(
        self,
        image: Path = Input(description="The picture to work on."),
        scale: float = Input(description="How many times larger.", ge=0.1, le=4, default=2.0),
        style: str = Input(description="How it looks.", choices=["colour", "grey"], default="colour"),
    ) -> Path:
        """Run one prediction."""
        with Image.open(image) as opened:
            picture = ImageOps.exif_transpose(opened).convert("L" if style == "grey" else "RGB")
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        print(f"from {picture.width}x{picture.height} to {size[0]}x{size[1]}")
        path = Path(tempfile.mkdtemp()) / "output.png"
        picture.resize(size, Image.Resampling.LANCZOS).save(path)
        return Path(path)
