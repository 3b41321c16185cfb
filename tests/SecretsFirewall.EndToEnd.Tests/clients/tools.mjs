// An SDK's own reading of an answer with tool calls, driven by one JSON document on stdin: {api, stream, request}. One JSON line: what the SDK put together, or the error.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const { api, stream, request } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const options = { apiKey: 'k', maxRetries: 0 };
const calls = {
  messages: async (create) => (create ? new Anthropic(options).messages.stream(request).finalMessage() : new Anthropic(options).messages.create(request)),
  chat: async (create) => (create ? new OpenAI(options).chat.completions.stream(request).finalChatCompletion() : new OpenAI(options).chat.completions.create(request)),
  responses: async (create) => (create ? new OpenAI(options).responses.stream(request).finalResponse() : new OpenAI(options).responses.create(request)),
};
try {
  line({ result: await calls[api](stream) });
} catch (error) {
  line({ error: { type: error.constructor.name, status: error.status, message: error.message } });
}
