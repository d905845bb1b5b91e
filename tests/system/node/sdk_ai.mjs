// One scenario of Vercel's AI SDK: node sdk_ai.mjs URL TOKEN SCENARIO; the result is JSON on standard output.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

const [url, token, scenario] = process.argv.slice(2);
const provider = createOpenAICompatible({ name: "balance", baseURL: `${url}/v1`, apiKey: token, includeUsage: true });
const model = provider("gemini-3.8-flash");
const ran = [];

function made(name, property, answer) {
  return tool({
    description: `Tells about a ${property}`,
    inputSchema: jsonSchema({
      type: "object", properties: { [property]: { type: "string" } }, required: [property], additionalProperties: false,
    }),
    execute: async (input) => {
      ran.push([name, input]);
      return answer;
    },
  });
}

const loop = {
  model,
  prompt: "Weather in the capital of Switzerland?",
  tools: {
    capital_of: made("capital_of", "country", { city: "Bern" }),
    get_weather: made("get_weather", "city", { sky: "clear" }),
  },
  stopWhen: stepCountIs(5),
  maxRetries: 0,
};

const scenarios = {
  async text() {
    const { text, finishReason, usage } = await generateText({ model, prompt: "Hi", maxRetries: 0 });
    return { text, finishReason, usage };
  },

  async loop() {
    const { text, steps, finishReason } = await generateText(loop);
    return { text, steps: steps.map((step) => step.finishReason), finishReason, ran };
  },

  async streamedLoop() {
    const stream = streamText(loop);
    const kinds = new Set();
    let text = "";
    let reasoning = "";
    for await (const part of stream.fullStream) {
      kinds.add(part.type);
      if (part.type === "error") throw part.error;
      if (part.type === "text-delta") text += part.text;
      if (part.type === "reasoning-delta") reasoning += part.text;
    }
    const usage = await stream.totalUsage;
    const steps = (await stream.steps).map((step) => step.finishReason);
    return { text, reasoning, steps, ran, total: usage.totalTokens, kinds: [...kinds] };
  },

  async error() {
    try {
      await generateText({ model: provider("gemini-none"), prompt: "Hi", maxRetries: 0 });
    } catch (error) {
      return { status: error.statusCode, message: error.message };
    }
    return {};
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
