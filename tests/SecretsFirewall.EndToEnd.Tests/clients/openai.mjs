// The OpenAI SDK, driven by one JSON document on stdin: {api, stream, request, headers}. One JSON line for each event or result, or for the error.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const { api, stream, request, headers } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY, maxRetries: 0, defaultHeaders: headers });
const create = api === 'responses' ? client.responses : client.chat.completions;
try {
  const result = await create.create({ ...request, stream });
  if (stream) for await (const event of result) line({ event });
  else line({ result });
} catch (error) {
  line({ error: { type: error.constructor.name, status: error.status, message: error.message } });
}
