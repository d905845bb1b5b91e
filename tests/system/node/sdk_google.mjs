// One scenario of Google's SDK: node sdk_google.mjs URL TOKEN SCENARIO; the result is JSON on standard output.
import { GoogleGenAI } from "@google/genai";

const [url, token, scenario] = process.argv.slice(2);
const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url, timeout: 60000 } });
const model = "gemini-3.8-flash";
const declaration = {
  name: "get_weather",
  parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const scenarios = {
  async chat() {
    const answer = await client.models.generateContent({ model, contents: "Hi" });
    return { text: answer.text, total: answer.usageMetadata.totalTokenCount };
  },

  async stream() {
    const pieces = [];
    for await (const chunk of await client.models.generateContentStream({ model, contents: "Hi" })) {
      pieces.push(chunk.text);
    }
    return { pieces };
  },

  async tools() {
    const chat = client.chats.create({ model, config: { tools: [{ functionDeclarations: [declaration] }] } });
    const first = await chat.sendMessage({ message: "Weather in Bern?" });
    const call = first.functionCalls[0];
    const second = await chat.sendMessage({
      message: { functionResponse: { name: call.name, response: { sky: "clear" } } },
    });
    return { name: call.name, args: call.args, text: second.text };
  },

  async models() {
    const names = [];
    for await (const each of await client.models.list()) names.push(each.name);
    return { names, one: (await client.models.get({ model })).name };
  },

  async count() {
    const counted = await client.models.countTokens({ model, contents: "Hi" });
    const embedded = await client.models.embedContent({ model: "gemini-embedding-001", contents: ["a", "b"] });
    return { total: counted.totalTokens, vectors: embedded.embeddings.length };
  },

  async error() {
    try {
      await client.models.generateContent({ model: "gemini-none", contents: "Hi" });
    } catch (error) {
      return { status: error.status, name: error.constructor.name, message: error.message };
    }
    return {};
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
