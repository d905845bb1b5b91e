// Resources by Google's SDK: node sdk_google_files.mjs URL TOKEN SCENARIO; the result is JSON on standard output.
import { GenerateVideosOperation, GoogleGenAI, createPartFromUri } from "@google/genai";

const [url, token, scenario] = process.argv.slice(2);
const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url, timeout: 60000 } });
const model = "gemini-3.8-flash";

const upload = (text) =>
  client.files.upload({ file: new Blob([text], { type: "text/plain" }), config: { mimeType: "text/plain" } });

async function names(pager) {
  const found = [];
  for await (const each of await pager) found.push(each.name);
  return found;
}

const scenarios = {
  async files() {
    const made = await upload("hello");
    const got = await client.files.get({ name: made.name });
    const answer = await client.models.generateContent({
      model, contents: [{ role: "user", parts: [createPartFromUri(made.uri, made.mimeType), { text: "What?" }] }],
    });
    const listed = await names(client.files.list());
    await client.files.delete({ name: made.name });
    return { name: made.name, got: got.name, text: answer.text, listed };
  },

  async two_files() {
    const made = await Promise.all([upload("one"), upload("two")]);
    const parts = made.map((each) => createPartFromUri(each.uri, each.mimeType));
    const answer = await client.models.generateContent({
      model, contents: [{ role: "user", parts: [...parts, { text: "Compare." }] }],
    });
    return { names: made.map((each) => each.name), text: answer.text };
  },

  async chunks() {
    const made = await upload("x".repeat(20 << 20));
    return { name: made.name, size: made.sizeBytes };
  },

  async caches() {
    const made = await client.caches.create({ model, config: { contents: "long text" } });
    const answer = await client.models.generateContent({ model, contents: "Hi", config: { cachedContent: made.name } });
    const listed = await names(client.caches.list());
    await client.caches.delete({ name: made.name });
    return { name: made.name, text: answer.text, listed };
  },

  async batches() {
    const made = await client.batches.create({ model, src: [{ contents: "Hi" }] });
    const got = await client.batches.get({ name: made.name });
    const listed = await names(client.batches.list());
    await client.batches.cancel({ name: made.name });
    await client.batches.delete({ name: made.name });
    return { name: made.name, got: got.name, listed };
  },

  async operations() {
    const store = await client.fileSearchStores.create({});
    const made = await client.fileSearchStores.uploadToFileSearchStore({
      fileSearchStoreName: store.name, file: new Blob(["text"], { type: "text/plain" }), config: { mimeType: "text/plain" },
    });
    const got = await client.operations.get({ operation: made });
    return { store: store.name, name: made.name, got: got.name, done: got.done };
  },

  // Goes on with one by its name, as another run of a program does.
  async video() {
    const operation = new GenerateVideosOperation();
    operation.name = process.argv[5];
    const made = await client.operations.getVideosOperation({ operation });
    return { name: made.name, done: made.done ?? false, uri: made.response?.generatedVideos[0].video.uri };
  },

  async models() {
    return { names: await names(client.models.list({ config: { pageSize: 2 } })) };
  },

  async interactions() {
    const first = await client.interactions.create({ model, input: "Hi" });
    const second = await client.interactions.create({ model, input: "And?", previous_interaction_id: first.id });
    const types = [];
    for await (const each of await client.interactions.create({ model, input: "Hi", stream: true })) {
      types.push(each.event_type);
    }
    return { first: first.id, second: second.id, types };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
