// The Anthropic SDK, driven by one JSON document on stdin: {stream, request, headers}. One JSON line for each event or result, or for the error.
import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';

const { stream, request, headers } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const client = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY, maxRetries: 0, defaultHeaders: headers });
try {
  const result = await client.messages.create({ ...request, stream });
  if (stream) for await (const event of result) line({ event });
  else line({ result });
} catch (error) {
  line({ error: { type: error.constructor.name, status: error.status, message: error.message } });
}
