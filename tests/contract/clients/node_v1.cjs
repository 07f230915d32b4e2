// The scenario for the official Node client 1.4.0, as its users write it: `node node_v1.cjs BASE_URL TOKEN`.
// It is run from a folder in which `npm install replicate` was done.
const { createRequire } = require("node:module");
const load = createRequire(`${process.cwd()}/`);
const Replicate = load("replicate");
const assert = require("node:assert");
const http = require("node:http");
const { readFile, writeFile } = require("node:fs/promises");

const [baseUrl, auth] = process.argv.slice(2);
const api = new Replicate({ auth, baseUrl, });
const WORDS = "the cat sat on the mat\nand the dog lay by the door\n".repeat(40);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const status = (number) => (error) => error.response && error.response.status === number;

async function until(what, seconds = 40) {
  const giveUp = Date.now() + seconds * 1000;
  for (;;) {
    const found = await what();
    if (found) return found;
    assert.ok(Date.now() < giveUp, "it took too long");
    await sleep(50);
  }
}

async function runAndStream(copier) {
  assert.equal((await api.run("sandbox/talker", { input: { text: "a b c" } })).join(""), "a b c");
  const seen = [];
  const wait = { mode: "poll", interval: 50 };
  const polled = await api.run("sandbox/talker", { input: { text: "a b" }, wait }, (at) => seen.push(at.status));
  assert.equal(polled.join(""), "a b");
  assert.equal(seen[0], "starting");
  assert.equal(seen.at(-1), "succeeded");
  let streamed = "";
  let last = null;
  for await (const event of api.stream("sandbox/talker", { input: { text: "x\ny z", pause: 0.01 } })) {
    if (event.event === "output") streamed += event.data;
    last = event.event;
  }
  assert.equal(streamed, "x\ny z");
  assert.equal(last, "done");
  const image = { prompt: "a quiet sea", width: 64, height: 64, pace: 0 };
  const [picture] = await api.run("sandbox/fractal", { input: image });
  await writeFile("picture.png", picture);
  assert.ok(["89504e47", "52494646", "ffd8ffe0"].includes((await readFile("picture.png")).subarray(0, 4).toString("hex")));
  assert.match(picture.url().href, /^data:image/);
  const copied = await api.run(copier, { input: { file: new Blob(["blob"]), note: "!" } });
  assert.equal(await (await copied[0].blob()).text(), "blob!");
  const inline = await api.run(copier, { input: { file: "data:text/plain;base64,aW5saW5l" } });
  assert.equal(await (await inline[0].blob()).text(), "inline");
  await assert.rejects(api.run("sandbox/talker", { input: { kind: "fail" } }), /Prediction failed: ValueError/);
  await assert.rejects(api.run(copier, { input: {} }), /file is required/);
  const stop = new AbortController();
  const stopped = { input: { text: "a ".repeat(500), pause: 0.02 }, wait, signal: stop.signal };
  const run = api.run("sandbox/talker", stopped, (at) => at.status === "processing" && stop.abort());
  await run.catch((error) => assert.equal(error.name, "AbortError"));
}

async function predictions(version) {
  const made = await api.predictions.create({ version, input: { text: "a b", pause: 0.05 } });
  assert.equal(made.status, "starting");
  const done = await api.wait(made, { interval: 50 });
  assert.deepEqual([done.status, done.output, done.error], ["succeeded", ["a", " b"], null]);
  const waited = await api.predictions.create({ model: "sandbox/talker", input: { text: "a" }, wait: 20 });
  assert.deepEqual([waited.status, waited.version, waited.output], ["processing", "hidden", ["a"]]);
  const slow = await api.predictions.create({ version, input: { text: "a ".repeat(500), pause: 0.02 } });
  assert.equal((await api.predictions.cancel(slow.id)).status, "canceled");
  assert.equal((await api.predictions.get(slow.id)).status, "canceled");
  const listed = [];
  for await (const page of api.paginate(api.predictions.list)) listed.push(...page.map((item) => item.id));
  assert.ok(listed.includes(made.id) && listed.includes(slow.id));
}

async function files() {
  const blob = new Blob(["hello"], { type: "text/plain" });
  const file = await api.files.create(blob, { customer: 12 });
  assert.deepEqual([file.size, file.content_type, file.metadata], [5, "text/plain", { customer: 12 }]);
  assert.deepEqual(await api.files.get(file.id), file);
  assert.ok((await api.files.list()).results.some((item) => item.id === file.id));
  assert.equal(await api.files.delete(file.id), true);
  await assert.rejects(api.files.get(file.id), status(404));
}

async function catalogue() {
  assert.equal((await api.accounts.current()).username, "sandbox");
  assert.equal((await api.hardware.list())[0].sku, "cpu");
  const names = [];
  for await (const page of api.paginate(api.models.list)) names.push(...page.map((model) => model.name));
  for (const name of ["talker", "copier", "bard"]) assert.ok(names.includes(name), name);
  assert.equal((await api.models.search("says words")).results[0].name, "talker");
  const model = await api.models.get("sandbox", "bard");
  const [version] = (await api.models.versions.list("sandbox", "bard")).results;
  assert.deepEqual(await api.models.versions.get("sandbox", "bard", version.id), model.latest_version);
  const [collection] = (await api.collections.list()).results;
  assert.ok((await api.collections.get(collection.slug)).models.length > 0);
  const found = await (await api.request("/search", { params: { query: "says words", limit: 5 } })).json();
  assert.equal(found.models[0].model.name, "talker");
}

async function trainings() {
  const destination = "sandbox/pupil-3";
  await api.models.create("sandbox", "pupil-3", { visibility: "private", hardware: "cpu" });
  const { id } = (await api.models.get("sandbox", "bard")).latest_version;
  const data = await api.files.create(new Blob([WORDS], { type: "text/plain" }));
  const input = { train_data: data.urls.get, epochs: 2, order: 2 };
  const made = await api.trainings.create("sandbox", "bard", id, { destination, input });
  assert.equal(made.status, "starting");
  const done = await until(async () => {
    const training = await api.trainings.get(made.id);
    assert.ok(["starting", "processing", "succeeded"].includes(training.status), training.error);
    return training.status === "succeeded" && training;
  });
  assert.match(done.logs, /loss/);
  assert.ok((await api.trainings.list()).results.some((item) => item.id === made.id));
  const spoken = await api.run(done.output.version, { input: { prompt: "the cat", max_tokens: 5, delay: 0 } });
  for (const word of spoken.join("").split(/\s+/).filter(Boolean)) assert.ok(WORDS.split(/\s+/).includes(word), word);
  const slow = { destination, input: { train_data: data.urls.get, pause: 1 } };
  const second = await api.trainings.create("sandbox", "bard", id, slow);
  assert.equal((await api.trainings.cancel(second.id)).status, "canceled");
  const version = done.output.version.split(":")[1];
  const gone = await api.request(`/models/${destination}/versions/${version}`, { method: "DELETE" });
  assert.equal(gone.status, 202);
  assert.equal((await api.request(`/models/${destination}`, { method: "DELETE" })).status, 204);
}

async function deployments(version) {
  const sizes = { hardware: "cpu", min_instances: 0, max_instances: 1 };
  const made = await api.deployments.create({ name: "desk-3", model: "sandbox/talker", version, ...sizes });
  assert.equal(made.current_release.number, 1);
  const job = await api.deployments.predictions.create("sandbox", "desk-3", { input: { text: "from a desk" } });
  assert.equal(job.deployment, "sandbox/desk-3");
  assert.equal((await api.wait(job, { interval: 50 })).output.join(""), "from a desk");
  const off = { min_instances: 0, max_instances: 0 };
  const changed = await api.deployments.update("sandbox", "desk-3", off);
  assert.equal(changed.current_release.number, 2);
  assert.deepEqual(await api.deployments.get("sandbox", "desk-3"), changed);
  assert.deepEqual((await api.deployments.list()).results, [changed]);
  await assert.rejects(api.deployments.delete("sandbox", "desk-3"), status(400));
}

async function webhooks() {
  const secret = await api.webhooks.default.secret.get();
  const taken = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece) => (body += piece));
    request.on("end", () => response.end() && taken.push({ headers: request.headers, body }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const webhook = `http://127.0.0.1:${server.address().port}/`;
  const events = ["start", "completed"];
  const input = { text: "ü b" };
  const made = await api.predictions.create({ model: "sandbox/talker", input, webhook, webhook_events_filter: events });
  await until(async () => taken.length === 2, 20);
  server.close();
  for (const { headers, body } of taken) {
    const request = new Request("http://x/", { method: "POST", headers, body });
    assert.equal(await Replicate.validateWebhook(request, secret.key), true);
    assert.equal(await Replicate.validateWebhook({ headers, body: `${body} ` }, secret.key), false);
    assert.equal(JSON.parse(body).id, made.id);
  }
  assert.deepEqual(JSON.parse(taken[1].body).output, ["ü", " b"]);
}

async function main() {
  assert.equal(load("replicate/package.json").version.split(".").slice(0, 2).join("."), "1.4");
  const version = (await api.models.get("sandbox", "talker")).latest_version.id;
  const copier = (await api.models.get("sandbox", "copier")).latest_version.id;
  await deployments(version);
  await runAndStream(`sandbox/copier:${copier}`);
  await predictions(version);
  await files();
  await catalogue();
  await webhooks();
  await trainings();
  await until(() => api.deployments.delete("sandbox", "desk-3").catch(() => false), 20);
  console.log("done");
  // After a stream's `done` the server keeps the connection for half a minute (docs/replicate.md, Streaming), and Node with it.
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
