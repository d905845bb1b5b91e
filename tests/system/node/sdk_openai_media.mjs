// One scenario of OpenAI's SDK beyond chats: node sdk_openai_media.mjs URL TOKEN SCENARIO; the result is JSON.
import OpenAI, { toFile } from "openai";

const [url, token, scenario] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0, timeout: 60000 });
const png = Buffer.from("89504e470d0a1a0a0000", "hex");
const wav = Buffer.concat([Buffer.from("RIFF"), Buffer.alloc(60)]);

const scenarios = {
  async embeddings() {
    const input = Array.from({ length: 150 }, (_, number) => String(number));
    const answer = await client.embeddings.create({ model: "gemini-embedding-001", input });
    return { count: answer.data.length, last: answer.data[149].embedding, index: answer.data[149].index };
  },

  async image() {
    const answer = await client.images.generate({ model: "gpt-image-1", prompt: "A lake", n: 2 });
    return answer.data.map((each) => each.b64_json);
  },

  async edit() {
    const image = [await toFile(png, "a.png", { type: "image/png" }), await toFile(png, "b.png", { type: "image/png" })];
    const answer = await client.images.edit({ model: "gpt-image-1", image, prompt: "Add a boat" });
    return answer.data.length;
  },

  async imageStream() {
    const stream = await client.images.generate({ model: "gpt-image-1", prompt: "A lake", stream: true });
    const types = [];
    for await (const event of stream) types.push(event.type);
    return types;
  },

  async partialImages() {
    const stream = await client.images.generate({ model: "gpt-image-1", prompt: "A lake", n: 2, stream: true, partial_images: 2 });
    const events = [];
    for await (const event of stream) events.push([event.type, event.index, event.partial_image_index ?? null, event.b64_json.length > 0]);
    return events;
  },

  async imageUrls() {
    const answer = await client.images.generate({ model: "dall-e-3", prompt: "A lake", n: 2, response_format: "url" });
    const fetched = await Promise.all(answer.data.map(async (each) => Buffer.from(await (await fetch(each.url)).arrayBuffer())));
    return fetched.map((each) => each.toString("base64"));
  },

  async models() {
    const listed = [];
    for await (const model of client.models.list()) listed.push(model.id);
    const one = await client.models.retrieve(listed[0]);
    let status = 0;
    await client.models.retrieve("nothing-1").catch((error) => { status = error.status; });
    return { listed, one: one.id, object: one.object, status };
  },

  async speech() {
    const answer = await client.audio.speech.create({ model: "tts-1", voice: "nova", input: "Hi", response_format: "wav" });
    return Buffer.from(await answer.arrayBuffer()).subarray(0, 4).toString();
  },

  async transcription() {
    const file = await toFile(wav, "a.wav");
    return (await client.audio.transcriptions.create({ model: "whisper-1", file })).text;
  },

  async translation() {
    const file = await toFile(wav, "a.wav");
    return (await client.audio.translations.create({ model: "whisper-1", file })).text;
  },

  async absent() {
    const calls = [() => client.moderations.create({ input: "Hi" }), () => client.files.list(), () => client.batches.list()];
    const errors = [];
    for (const call of calls) await call().catch((error) => errors.push([error.status, error.type]));
    return errors;
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
