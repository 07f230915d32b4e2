"""The examples of the official clients' READMEs, run by `sandbox -- …` under the models' real names."""

from pathlib import Path

import pytest

from tests.contract.installing import Installed
from tests.contract.programs import NODE, node, python
from tests.sandbox.conftest import schema, write_model

pytest.importorskip("trustme")
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
WHISPER = "openai/whisper:8beff3369e81422112d93b89ca01426147de542cd4684c244b673b105188fe5f"
ESRGAN = "nightmareai/real-esrgan:42fed1c4974146d4d2414e2be2c5277c7fcf05fcc3a73abf41610695738c1d7b"
LISTENER = """
import hashlib
from cog import BaseModel, BaseRunner, Input, Path

class Output(BaseModel):
    transcription: str
    detected_language: str

class Runner(BaseRunner):
    def run(self, audio: Path = Input()) -> Output:
        return Output(transcription=hashlib.sha256(audio.read_bytes()).hexdigest(), detected_language="english")
"""
SPEECH_SHA256 = "22c27b021752596140145a93194d9cdf33b0b1b454f50fd1b430491eb3eb3cb9"
"""Of `bytes(range(256)) * 100`, which the programs send as their sound."""


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Where a file goes in, a model that truly reads it answers under the real name; stubs answer to all else."""
    said = {
        "type": "object",
        "properties": {"transcription": {"type": "string"}, "detected_language": {"type": "string"}},
    }
    given = schema({"audio": {"type": "string", "format": "uri"}}, ["audio"], said)
    listener = write_model(tmp_path / "listener", LISTENER, given, 'run: "run.py:Runner"\n')
    return ["--as", f"{WHISPER}={listener}", "--as", f"{ESRGAN}=upscale"]


def test_python_1_0_7_runs_its_readme(installed: Installed, options: list[str]) -> None:
    code = """
        import asyncio
        import struct
        import replicate

        def size(name):
            head = open(name, "rb").read(24)
            return head[1:4].decode(), *struct.unpack(">II", head[16:24])

        outputs = replicate.run(
            "black-forest-labs/flux-schnell", input={"prompt": "astronaut riding a rocket like a horse"}
        )
        for index, output in enumerate(outputs):
            with open(f"output_{index}.png", "wb") as file:
                file.write(output.read())
        print(*size("output_0.png"))

        model_version = "stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
        prompts = [
            f"A chariot pulled by a team of {count} rainbow unicorns"
            for count in ["two", "four", "six", "eight"]
        ]

        async def four():
            async with asyncio.TaskGroup() as tg:
                tasks = [
                    tg.create_task(replicate.async_run(model_version, input={"prompt": prompt})) for prompt in prompts
                ]
            return await asyncio.gather(*tasks)

        results = asyncio.run(four())
        print(len({result[0].read() for result in results}), results[0][0].read()[1:4].decode())

        with open("speech.wav", "wb") as file:
            file.write(bytes(range(256)) * 100)
        heard = replicate.run("WHISPER", input={"audio": open("speech.wav", "rb")})
        print(heard["detected_language"], heard["transcription"])
        larger = replicate.run("ESRGAN", input={"image": open("output_0.png", "rb")})
        with open("larger.png", "wb") as file:
            file.write(larger.read())
        print(*size("larger.png"))
        print(replicate.run(
            "andreasjansson/blip-2:f677695e5e89f8b236e52ecd1d3f01beb44c34606419bcc19345e046d8f786f9",
            input={"image": open("output_0.png", "rb")},
        ))

        for event in replicate.stream(
            "meta/meta-llama-3-70b-instruct", input={"prompt": "Please write a haiku about llamas."}
        ):
            print(str(event), end="")
        print()
        prediction = replicate.predictions.create(
            model="meta/meta-llama-3-70b-instruct",
            input={"prompt": "Please write a haiku about llamas."},
            stream=True,
        )
        for event in prediction.stream():
            print(str(event), end="")
        print()

        model = replicate.models.get("kvfrans/clipdraw")
        version = model.versions.get("5797a99edc939ea0e9242d5e8c9cb3bc7d125b1eac21bda852e5cb79ede2cd9b")
        prediction = replicate.predictions.create(
            version=version, input={"prompt": "Watercolor painting of an underwater submarine"}
        )
        print(prediction.status)
        prediction.wait()
        print(prediction.status, prediction.id in {one.id for one in replicate.predictions.list()})
    """
    said = python(installed, ("replicate==1.0.7",), _named(code), options).splitlines()
    assert said[:4] == ["PNG 512 512", "4 PNG", f"english {SPEECH_SHA256}", "PNG 1024 1024"]
    assert said[4].startswith("This text stands in for andreasjansson/blip-2; no model made it.")
    assert said[5].startswith("This text stands in for meta/meta-llama-3-70b-instruct; no model made it.")
    assert said[6:] == [said[5], "starting", "succeeded True"]


def test_python_2_0_0b4_runs_its_readme(installed: Installed, options: list[str]) -> None:
    code = """
        import asyncio
        import replicate
        from replicate.lib._predictions_use import get_path_url

        claude = replicate.use("anthropic/claude-4.5-sonnet")
        seedream = replicate.use("bytedance/seedream-4")
        veo = replicate.use("google/veo-3-fast")
        flux_dev = replicate.use("black-forest-labs/flux-dev")
        streaming = replicate.use("anthropic/claude-4.5-sonnet", streaming=True)
        flux_async = replicate.use("black-forest-labs/flux-dev", use_async=True)

        image_prompt = claude(
            prompt="bananas wearing cowboy hats", system_prompt="turn prompts into image prompts"
        )
        print(image_prompt)
        images = seedream(prompt=image_prompt)
        video = veo(prompt="dancing bananas", image_input=images[0])
        print(open(images[0], "rb").read()[1:4].decode(), open(video, "rb").read()[4:8].decode())

        outputs = flux_dev(
            prompt="a cat wearing a wizard hat, digital art", num_outputs=1, aspect_ratio="1:1", output_format="webp"
        )
        for output in outputs:
            print(open(output, "rb").read()[8:12].decode(), get_path_url(output).startswith("https://"))

        print("".join(streaming(prompt="Write a haiku about Python programming")))
        print(claude(prompt="Describe this image in detail", image=outputs[0]))
        print(len(asyncio.run(flux_async(prompt="futuristic city at sunset"))))
        print(claude.create(prompt="Explain quantum computing").output())

        output = replicate.run(
            "black-forest-labs/flux-schnell", input={"prompt": "astronaut riding a rocket like a horse"}
        )
        print(output[0].read()[1:4].decode())
        pictures = replicate.run(
            "stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b",
            input={"prompt": "a tiny astronaut", "num_outputs": 2},
        )
        print([picture.read()[1:4].decode() for picture in pictures])
        with open("speech.wav", "wb") as file:
            file.write(bytes(range(256)) * 100)
        with open("speech.wav", "rb") as file:
            heard = replicate.run("WHISPER", input={"audio": file})
        print(heard["detected_language"], heard["transcription"])
        for event in replicate.stream("meta/meta-llama-3-8b-instruct", input={"prompt": "Please write a haiku"}):
            print(str(event), end="")
    """
    said = python(installed, ("--pre", "replicate==2.0.0b4"), _named(code), options).splitlines()
    claude = "This text stands in for anthropic/claude-4.5-sonnet; no model made it. It was asked: "
    assert said[0].startswith(f'{claude}"bananas wearing cowboy hats".')
    assert said[1:3] == ["PNG ftyp", "WEBP True"]
    assert said[3].startswith(f'{claude}"Write a haiku about Python programming".')
    assert said[4].startswith(f'{claude}"Describe this image in detail".')
    assert said[5] == "1"
    assert said[6].startswith(f'{claude}"Explain quantum computing".')
    assert said[7:10] == ["PNG", "['PNG', 'PNG']", f"english {SPEECH_SHA256}"]
    assert said[10].startswith("This text stands in for meta/meta-llama-3-8b-instruct")


@NODE
@pytest.mark.node
def test_node_1_4_0_runs_its_readme(installed: Installed, options: list[str]) -> None:
    code = """
        import Replicate from "replicate";
        import fs from "node:fs/promises";

        const replicate = new Replicate();
        async function size(name) {
          const bytes = await fs.readFile(name);
          return `${bytes.subarray(1, 4)} ${bytes.readUInt32BE(16)} ${bytes.readUInt32BE(20)}`;
        }

        const model = "black-forest-labs/flux-schnell";
        const prompt = "a 19th century portrait of a raccoon gentleman wearing a suit";
        const progress = [];
        const [flux] = await replicate.run(model, { input: { prompt } }, (prediction) => progress.push(prediction.id));
        await fs.writeFile("flux.png", flux);
        console.log(await size("flux.png"), progress.length > 0, (await flux.blob()).type);

        const sdxl = "stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b";
        const pictures = await replicate.run(sdxl, { input: { prompt, num_outputs: 2 } });
        for (const [index, picture] of pictures.entries()) await fs.writeFile(`sdxl-${index}.png`, picture);
        console.log(await size("sdxl-0.png"), await size("sdxl-1.png"), pictures[0].url() instanceof URL);

        await fs.writeFile("speech.wav", Buffer.concat(Array(100).fill(Buffer.from([...Array(256).keys()]))));
        const heard = await replicate.run("WHISPER", { input: { audio: await fs.readFile("speech.wav") } });
        console.log(heard.detected_language, heard.transcription);
        const input = { image: await fs.readFile("flux.png") };
        const larger = await replicate.run("ESRGAN", { input });
        await fs.writeFile("larger.png", larger);
        console.log(await size("larger.png"));

        console.log((await replicate.run("meta/meta-llama-3-8b-instruct", { input: { prompt: "hi" } })).join(""));
        for await (const event of replicate.stream("meta/meta-llama-3-8b-instruct", { input: { prompt: "hi" } })) {
          process.stdout.write(`${event}`);
        }
        console.log();

        let prediction = await replicate.predictions.create({
          version: "27b93a2413e7f36cd83da926f3656280b2931564ff050bf9575f1fdf9bcd7478",
          input: { prompt: "painting of a cat by andy warhol" },
        });
        prediction = await replicate.predictions.get(prediction.id);
        prediction = await replicate.wait(prediction);
        const bytes = Buffer.from(await (await fetch(prediction.output[0])).arrayBuffer());
        console.log(prediction.status, `${bytes.subarray(1, 4)}`);
        // A stream's connection stays for half a minute after its end, there as here, and Node with it.
        process.exit(0);
    """
    said = node(installed, ("replicate@1.4.0",), _named(code), options).splitlines()
    assert said[:4] == [
        "PNG 512 512 true image/png",
        "PNG 512 512 PNG 512 512 true",
        f"english {SPEECH_SHA256}",
        "PNG 1024 1024",
    ]
    assert said[4].startswith("This text stands in for meta/meta-llama-3-8b-instruct")
    assert said[5:] == [said[4], "succeeded PNG"]


def _named(code: str) -> str:
    return code.replace("WHISPER", WHISPER).replace("ESRGAN", ESRGAN)
