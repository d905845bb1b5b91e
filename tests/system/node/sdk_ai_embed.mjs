// Vercel's AI SDK: node sdk_ai_embed.mjs URL TOKEN COUNT; embeds so many texts and tells what came.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany } from "ai";

const [url, token, count] = process.argv.slice(2);
const provider = createOpenAICompatible({ name: "balance", baseURL: `${url}/v1`, apiKey: token });
const values = Array.from({ length: Number(count) }, (_, number) => String(number));
const { embeddings, usage } = await embedMany({
  model: provider.textEmbeddingModel("gemini-embedding-001"), values, maxRetries: 0,
});
console.log(JSON.stringify({ count: embeddings.length, last: embeddings.at(-1), tokens: usage.tokens }));
