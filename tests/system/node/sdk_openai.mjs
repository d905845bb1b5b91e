// One scenario of OpenAI's SDK: node sdk_openai.mjs URL TOKEN SCENARIO; the result is JSON on standard output.
import OpenAI from "openai";

const [url, token, scenario] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0, timeout: 60000 });
const model = "gemini-3.8-flash";
const messages = [{ role: "user", content: "Weather in Bern?" }];
const tools = [{
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
}];

const scenarios = {
  async chat() {
    const answer = await client.chat.completions.create({ model, messages });
    return { text: answer.choices[0].message.content, reason: answer.choices[0].finish_reason, usage: answer.usage };
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model, messages, stream: true, stream_options: { include_usage: true },
    });
    let text = "";
    let total = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      total = chunk.usage?.total_tokens ?? total;
    }
    return { text, total };
  },

  async tools() {
    const runner = client.chat.completions.runTools({
      model,
      messages,
      tools: [{
        type: "function",
        function: {
          function: ({ city }) => ({ city, sky: "clear" }),
          parse: JSON.parse,
          name: "get_weather",
          parameters: tools[0].function.parameters,
        },
      }],
    });
    return { text: await runner.finalContent() };
  },

  async streamedTools() {
    const stream = client.chat.completions.stream({ model, messages, tools });
    const answer = await stream.finalChatCompletion();
    const call = answer.choices[0].message.tool_calls[0];
    return { name: call.function.name, args: JSON.parse(call.function.arguments), reason: answer.choices[0].finish_reason };
  },

  async models() {
    const ids = [];
    for await (const each of client.models.list()) ids.push(each.id);
    return { ids, one: (await client.models.retrieve(model)).id };
  },

  async error() {
    try {
      await client.chat.completions.create({ model: "gemini-none", messages });
    } catch (error) {
      return { status: error.status, name: error.constructor.name, message: error.message };
    }
    return {};
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
