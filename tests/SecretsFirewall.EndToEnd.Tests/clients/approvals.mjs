// A client that is told to wait for a person and repeats the very same call until it is answered, driven by one JSON document on stdin:
// {api: openai | anthropic | fetch, request, url}. One JSON line for each time it was told to wait, and one for the result or another error.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const { api, request, url } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const options = { apiKey: 'k', maxRetries: 0 };
class Refused extends Error {
  constructor(status, headers, message) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
const call = {
  openai: () => new OpenAI(options).chat.completions.create(request),
  anthropic: () => new Anthropic(options).messages.create(request),
  fetch: async () => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
    const text = await response.text();
    if (!response.ok) throw new Refused(response.status, response.headers, text);
    return text;
  },
}[api];
for (let i = 0; i < 200; i++) {
  try {
    line({ result: await call() });
    break;
  } catch (error) {
    const decision = error.headers?.get('x-sfw-decision');
    line({ error: { type: error.constructor.name, status: error.status, message: error.message, decision } });
    if (!/approval_required|waits for a person/.test(error.message)) break;
    await pause(200);
  }
}
