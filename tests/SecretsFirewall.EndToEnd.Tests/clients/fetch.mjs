// Node's own fetch, driven by one JSON document on stdin: {url, method, headers, body}.
// With "stream" each chunk of the response is one JSON line as it arrives; without it one line holds the whole response.
import { readFileSync } from 'node:fs';

const { url, stream, ...init } = JSON.parse(readFileSync(0, 'utf8'));
const response = await fetch(url, init);
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
if (stream) {
  line({ status: response.status });
  const decoder = new TextDecoder();
  for await (const chunk of response.body) line({ chunk: decoder.decode(chunk, { stream: true }) });
  line({ end: true });
} else {
  line({ status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() });
}
