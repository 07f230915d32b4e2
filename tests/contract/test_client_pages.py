"""Each client has a page in the documentation: its program runs as it stands, and it names the versions tried."""

import re
from pathlib import Path

import pytest

from tests.contract.installing import Installed
from tests.contract.programs import NODE, around, node, python, with_pypi
from tests.support.paths import ROOT

PAGES = ROOT / "docs/clients"
TRIED = {
    "python.md": ("1.0.7", "2.0.0b4"),
    "node.md": ("1.4.0",),
    "ai-sdk.md": ("2.0.57", "3.0.46"),
    "langchain.md": ("0.4.2", "1.0.7"),
    "llama-index.md": ("0.7.0", "1.0.7"),
    "litellm.md": ("1.110.2",),
    "llm.md": ("0.3.1",),
}
"""What the tests beside this one install."""
SAID = "This text stands in for meta/meta-llama-3-8b-instruct"


def page(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


def program(name: str, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)
    return found


def test_each_page_names_the_versions_that_were_tried() -> None:
    assert {path.name for path in PAGES.iterdir()} == TRIED.keys()
    for name, versions in TRIED.items():
        tried = page(name).partition("## What was tried\n")[2]
        assert [version for version in versions if version not in tried] == [], name


class TestTheProgramOnAPageRuns:
    pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

    @pytest.mark.parametrize(
        ("name", "packages", "texts"),
        [
            ("python.md", ("replicate==1.0.7",), 1),
            ("python.md", ("--pre", "replicate==2.0.0b4"), 1),
            ("langchain.md", ("langchain-community==0.4.2", "replicate==1.0.7"), 2),
            ("llama-index.md", ("llama-index-llms-replicate==0.7.0", "replicate==1.0.7"), 2),
            ("litellm.md", ("litellm==1.110.2",), 2),
        ],
    )
    def test_in_python(self, installed: Installed, name: str, packages: tuple[str, ...], texts: int) -> None:
        assert python(installed, packages, program(name, "python")).count(SAID) == texts

    @NODE
    @pytest.mark.node
    def test_with_the_node_client(self, installed: Installed) -> None:
        assert node(installed, ("replicate@1.4.0",), program("node.md", "js")).startswith(SAID)

    @NODE
    @pytest.mark.node
    def test_with_the_ai_sdk(self, installed: Installed) -> None:
        assert node(installed, ("@ai-sdk/replicate@2.0.57", "ai@6"), program("ai-sdk.md", "js")) == "image/png"

    def test_with_the_llm_command(self, installed: Installed, tmp_path: Path) -> None:
        folder = with_pypi(installed, ("llm-replicate==0.3.1", "setuptools<80"))
        script = tmp_path / "script.sh"
        script.write_text(f'set -e\nunset PYTHONPATH\nPATH="{folder / "bin"}:$PATH"\n{program("llm.md", "bash")}')
        assert around(["sh", script], tmp_path, LLM_USER_PATH=str(tmp_path)).count(SAID) == 2
