// A conversation of two turns with an SDK's own reading of the answers, driven by one JSON document on stdin: {sdk, api, stream, url}. The first answer may have tool
// calls: each is answered with "done", or the user says "Go on." One JSON line for each turn: {calls: [{name, arguments}], text, end, usage}, or {error}.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { createOpenAI } from '@ai-sdk/openai';
import { createAnthropic } from '@ai-sdk/anthropic';

const { sdk, api, stream, url } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const options = { apiKey: 'k', maxRetries: 0 };
const schema = { type: 'object', properties: { path: { type: 'string' } } };

async function anthropic() {
  const client = new Anthropic(options);
  const messages = [{ role: 'user', content: 'Go.' }];
  for (let turn = 0; turn < 2; turn++) {
    const request = { model: 'm', max_tokens: 64, messages, tools: [{ name: 'read_file', input_schema: schema }] };
    const answer = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
    const calls = answer.content.filter((block) => block.type === 'tool_use');
    line({
      calls: calls.map(({ name, input }) => ({ name, arguments: input })),
      text: answer.content.filter((block) => block.type === 'text').map((block) => block.text).join('|'),
      end: answer.stop_reason,
      usage: answer.usage.output_tokens,
    });
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: calls.length > 0 ? calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'done' })) : 'Go on.' });
  }
}

async function chat() {
  const client = new OpenAI(options);
  const messages = [{ role: 'user', content: 'Go.' }];
  for (let turn = 0; turn < 2; turn++) {
    const request = { model: 'm', messages, tools: [{ type: 'function', function: { name: 'read_file', parameters: schema } }] };
    const answer = stream
      ? await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion()
      : await client.chat.completions.create(request);
    const { message, finish_reason } = answer.choices[0];
    const calls = message.tool_calls ?? [];
    line({
      calls: calls.map(({ function: { name, arguments: text } }) => ({ name, arguments: JSON.parse(text) })), text: message.content, end: finish_reason, usage: answer.usage.total_tokens,
    });
    messages.push(message, ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' })));
    if (calls.length === 0) messages.push({ role: 'user', content: 'Go on.' });
  }
}

async function responses() {
  const client = new OpenAI(options);
  const input = [{ role: 'user', content: 'Go.' }];
  for (let turn = 0; turn < 2; turn++) {
    const request = { model: 'm', input, tools: [{ type: 'function', name: 'read_file', parameters: schema, strict: false }] };
    const answer = stream ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
    const calls = answer.output.filter((item) => item.type === 'function_call');
    line({
      calls: calls.map(({ name, arguments: text }) => ({ name, arguments: JSON.parse(text) })), text: answer.output_text, end: answer.status, usage: answer.usage.total_tokens,
    });
    input.push(...answer.output, ...calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' })));
    if (calls.length === 0) input.push({ role: 'user', content: 'Go on.' });
  }
}

// The SDK keeps the conversation itself.
async function gemini() {
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
  const talk = client.chats.create({ model: 'm', config: { tools: [{ functionDeclarations: [{ name: 'read_file', parametersJsonSchema: schema }] }] } });
  let message = 'Go.';
  for (let turn = 0; turn < 2; turn++) {
    const chunks = [];
    if (stream) for await (const chunk of await talk.sendMessageStream({ message })) chunks.push(chunk);
    else chunks.push(await talk.sendMessage({ message }));
    const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? []);
    const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    line({
      calls: calls.map(({ name, args }) => ({ name, arguments: args })),
      text: parts.map((part) => part.text ?? '').join(''),
      end: chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).filter(Boolean).at(-1),
      usage: chunks.map((chunk) => chunk.usageMetadata?.totalTokenCount).filter(Boolean).at(-1),
    });
    message = calls.length > 0 ? calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: 'done' } } })) : 'Go on.';
  }
}

async function ollama() {
  const client = new Ollama({ host: url });
  const messages = [{ role: 'user', content: 'Go.' }];
  for (let turn = 0; turn < 2; turn++) {
    const request = { model: 'm', messages, tools: [{ type: 'function', function: { name: 'read_file', parameters: schema } }] };
    const chunks = [];
    if (stream) for await (const chunk of await client.chat({ ...request, stream })) chunks.push(chunk);
    else chunks.push(await client.chat({ ...request, stream }));
    const calls = chunks.flatMap((chunk) => chunk.message.tool_calls ?? []);
    const text = chunks.map((chunk) => chunk.message.content).join('');
    line({ calls: calls.map(({ function: { name, arguments: input } }) => ({ name, arguments: input })), text, end: chunks.at(-1).done_reason, usage: chunks.at(-1).eval_count });
    messages.push({ role: 'assistant', content: text, ...(calls.length > 0 && { tool_calls: calls }) });
    messages.push(...(calls.length > 0 ? calls.map(({ function: { name } }) => ({ role: 'tool', tool_name: name, content: 'done' })) : [{ role: 'user', content: 'Go on.' }]));
  }
}

// Vercel's SDK reads the providers' wire formats by itself. OpenAI would keep the items otherwise, and be referred to them.
async function vercel() {
  const settings = { apiKey: 'k', fetch };
  const model = { anthropic: () => createAnthropic(settings)('m'), chat: () => createOpenAI(settings).chat('m'), responses: () => createOpenAI(settings).responses('m') }[api]();
  const tools = { read_file: tool({ inputSchema: jsonSchema(schema) }) };
  const messages = [{ role: 'user', content: 'Go.' }];
  for (let turn = 0; turn < 2; turn++) {
    const request = { model, messages, tools, maxRetries: 0, providerOptions: { openai: { store: false } } };
    const answer = stream ? streamText({ ...request, onError: ({ error }) => { throw error; } }) : await generateText(request);
    const [calls, text, end, usage, response] = await Promise.all([answer.toolCalls, answer.text, answer.finishReason, answer.usage, answer.response]);
    line({ calls: calls.map(({ toolName, input }) => ({ name: toolName, arguments: input })), text, end, usage: api === 'anthropic' ? usage.outputTokens : usage.totalTokens });
    messages.push(...response.messages);
    messages.push(calls.length > 0
      ? { role: 'tool', content: calls.map(({ toolCallId, toolName }) => ({ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: 'done' } })) }
      : { role: 'user', content: 'Go on.' });
  }
}

try {
  await { anthropic, chat, responses, gemini, ollama, vercel }[sdk ?? api]();
} catch (error) {
  line({ error: { type: error.constructor.name, status: error.status, message: error.message } });
}
