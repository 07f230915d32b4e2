"""What every group of operations stands on."""

from __future__ import annotations

from .core import Core
from .creation import Creations


class Operations:
    """A group of the API's operations. Each raises an ApiError for what goes wrong."""

    _core: Core
    _creations: Creations
