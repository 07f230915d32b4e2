"""What the sandbox needs and this Python does not have. Standard library only."""

import platform
import sys
from collections.abc import Callable
from importlib.util import find_spec

_PACKAGES = ("starlette", "uvicorn", "cog", "coglet")
_WHEELS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
"""The platforms for which Cog's runtime has wheels; those for Linux are for glibc."""


def missing() -> str:
    """The first package that is missing, or ""."""
    return next((name for name in _PACKAGES if find_spec(name) is None), "")


def can_be_had() -> bool:
    """Whether everything that the sandbox needs can be installed here."""
    here = (sys.platform, platform.machine())
    return here in _WHEELS and (sys.platform != "linux" or platform.libc_ver()[0] == "glibc")


def how_to_install() -> str:
    """The command that installs what is missing, where nobody knows how this program was installed."""
    return "pip install 'replicate-tui[sandbox]'"


def why_not(install: Callable[[], str] = how_to_install) -> str | None:
    """Why no sandbox can run here, in words, or None. `install` gives the command that installs what is missing."""
    name = missing()
    if not name:
        return None
    if not can_be_had():
        where = f"{platform.system()} {platform.machine()}"
        return f"The sandbox needs Cog's runtime, which has no wheel for this platform ({where}, or its C library)."
    return f"The sandbox needs the extra `sandbox` ({name} is not installed): {install()}"
