"""Programs as their documentation shows them, run by `sandbox -- …`: nothing in them knows of the sandbox."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.contract.installing import Installed, command, from_npm, from_pypi
from tests.support.paths import ROOT

pytest.importorskip("trustme")
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
SAID = "This text stands in for meta/meta-llama-3-8b-instruct"
NODE = pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are missing")


def around(program: list[str | Path], folder: Path, **more: str) -> str:
    """What the program prints with the sandbox in Replicate's place."""
    sandbox = [sys.executable, "-m", "tui.sandbox", "--as-any", "--"]
    try:
        return command([*sandbox, *program], folder, 200, PYTHONPATH=str(ROOT), **more)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}\n{error.stderr}")


def python(installed: Installed, packages: tuple[str, ...], code: str) -> str:
    first = next(package for package in packages if not package.startswith("-")).replace("==", "-")
    name = f"python-{sys.version_info.major}.{sys.version_info.minor}-{first}"
    folder = installed(name, from_pypi(*packages))
    script = folder / "program.py"
    # The sandbox's own packages are not the program's.
    script.write_text("import sys\n" + textwrap.dedent(code))
    return around(["env", "-u", "PYTHONPATH", folder / "bin" / "python", script], folder)


@pytest.mark.parametrize("client", ["replicate==1.0.7", "replicate==2.0.0b4"])
def test_the_python_clients_readmes(installed: Installed, client: str) -> None:
    code = """
        import wave
        import replicate

        output = replicate.run("black-forest-labs/flux-schnell", input={"prompt": "astronaut riding a rocket"})
        for index, item in enumerate(output):
            with open(f"output_{index}.png", "wb") as file:
                file.write(item.read())
        print(open("output_0.png", "rb").read()[1:4].decode())
        version = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
        pictures = replicate.run(f"stability-ai/sdxl:{version}", input={"prompt": "a tiny astronaut", "num_outputs": 1})
        print(pictures[0].read()[1:4].decode())
        with wave.open("speech.wav", "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(16000))
        whisper = "openai/whisper:8beff3369e81422112d93b89ca01426147de542cd4684c244b673b105188fe5f"
        print(replicate.run(whisper, input={"audio": open("speech.wav", "rb")})["detected_language"])
        for event in replicate.stream("meta/meta-llama-3-8b-instruct", input={"prompt": "Please write a haiku"}):
            print(str(event), end="")
    """
    lines = python(installed, ("--pre", client), code).splitlines()
    assert lines[:3] == ["PNG", "PNG", "english"]
    assert lines[3].startswith(SAID)


def test_langchain_community(installed: Installed) -> None:
    code = """
        from langchain_community.llms import Replicate

        llm = Replicate(
            model="meta/meta-llama-3-8b-instruct",
            model_kwargs={"temperature": 0.75, "max_length": 500, "top_p": 1},
        )
        print(llm.invoke("User: Can a dog drive a car?\\nAssistant:"))
        print("".join(llm.stream("And a cat?")))
    """
    said = python(installed, ("langchain-community==0.4.2", "replicate==1.0.7"), code)
    assert said.count(SAID) == 2


def test_llama_index(installed: Installed) -> None:
    code = """
        from llama_index.core.llms import ChatMessage
        from llama_index.llms.replicate import Replicate

        llm = Replicate(model="meta/meta-llama-3-8b-instruct", temperature=0.1)
        print(llm.complete("Who is Paul Graham?"))
        print(llm.chat([ChatMessage(role="user", content="What is your name")]))
        for piece in llm.stream_complete("Who is Paul Graham?"):
            print(piece.delta, end="")
    """
    said = python(installed, ("llama-index-llms-replicate==0.7.0", "replicate==1.0.7"), code)
    assert said.count(SAID) == 3


def test_litellm(installed: Installed) -> None:
    code = """
        from litellm import completion

        messages = [{"content": "Hello, how are you?", "role": "user"}]
        response = completion(model="replicate/meta/meta-llama-3-8b-instruct", messages=messages)
        print(response.choices[0].message.content)
        for chunk in completion(model="replicate/meta/meta-llama-3-8b-instruct", messages=messages, stream=True):
            print(chunk.choices[0].delta.content or "", end="")
    """
    said = python(installed, ("litellm",), code)
    assert said.count(SAID) == 2


def test_llm_replicate(installed: Installed, tmp_path: Path) -> None:
    name = f"python-{sys.version_info.major}.{sys.version_info.minor}-llm-replicate"
    folder = installed(name, from_pypi("llm-replicate==0.3.1", "setuptools<80"))
    llm = folder / "bin" / "llm"
    script = f"""
        set -e
        unset PYTHONPATH
        {llm} keys set replicate --value "$REPLICATE_API_TOKEN"
        {llm} replicate add meta/meta-llama-3-8b-instruct --chat --alias llama3
        {llm} -m llama3 "Say hello in Spanish"
    """
    said = around(["sh", "-c", textwrap.dedent(script)], folder, LLM_USER_PATH=str(tmp_path))
    assert SAID in said


@NODE
@pytest.mark.node
def test_ai_sdk(installed: Installed) -> None:
    folder = installed("node-ai-sdk-replicate-2", from_npm("@ai-sdk/replicate@2", "ai@6"))
    script = folder / "program.mjs"
    script.write_text(
        textwrap.dedent("""
            import { replicate } from "@ai-sdk/replicate";
            import { generateImage } from "ai";
            import { writeFile, readFile } from "node:fs/promises";

            const { image } = await generateImage({
              model: replicate.image("black-forest-labs/flux-schnell"),
              prompt: "The Loch Ness Monster getting a manicure",
              aspectRatio: "16:9",
            });
            await writeFile("image.png", image.uint8Array);
            console.log((await readFile("image.png")).subarray(1, 4).toString());
        """)
    )
    assert around(["node", script], folder) == "PNG"


@NODE
@pytest.mark.node
def test_the_node_clients_readme(installed: Installed) -> None:
    folder = installed("node-replicate-1.4", from_npm("replicate@1.4"))
    script = folder / "readme.mjs"
    script.write_text(
        textwrap.dedent("""
            import Replicate from "replicate";
            import { writeFile, readFile } from "node:fs/promises";

            const replicate = new Replicate();
            const version = "27b93a2413e7f36cd83da926f3656280b2931564ff050bf9575f1fdf9bcd7478";
            const model = `stability-ai/stable-diffusion:${version}`;
            const [output] = await replicate.run(model, { input: { prompt: "a 19th century portrait of a raccoon" } });
            await writeFile("./output.png", output);
            console.log((await readFile("output.png")).subarray(1, 4).toString());
            const said = [];
            for await (const event of replicate.stream("meta/meta-llama-3-8b-instruct", { input: { prompt: "hi" } })) {
              said.push(`${event}`);
            }
            console.log(said.join(""));
            const prediction = await replicate.predictions.create({
              model: "black-forest-labs/flux-schnell", input: { prompt: "painting of a cat" },
            });
            const done = await replicate.wait(prediction, { interval: 50 });
            console.log((await (await fetch(done.output[0])).arrayBuffer()).byteLength > 1000);
        """)
    )
    lines = around(["node", script], folder).splitlines()
    assert (lines[0], lines[-1]) == ("PNG", "true")
    assert lines[1].startswith(SAID)
