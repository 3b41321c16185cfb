// A streaming call that the firewall holds, driven by one JSON document on stdin: {api: openai | anthropic, request}. A line when the head has come, one with all events.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const { api, request } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const options = { apiKey: 'k', maxRetries: 0 };
const stream = api === 'openai'
  ? await new OpenAI({ ...options, baseURL: 'https://api.openai.com/held/v1' }).chat.completions.create(request)
  : await new Anthropic({ ...options, baseURL: 'https://api.anthropic.com/held' }).messages.create(request);
line({ event: 'begun' });
const events = [];
for await (const event of stream) events.push(event);
line({ text: JSON.stringify(events) });
