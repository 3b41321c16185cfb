// The MCP SDK over streamable HTTP, driven by one JSON document on stdin: {url, calls: [{method, params}]}. It initializes and lists the tools: {server, tools};
// then each call gives {result} or, where the SDK throws, {error}. The SDK closes its session at the end.
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { url, calls } = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const client = new Client({ name: 'agent', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(new URL(url));
await client.connect(transport);
line({ server: client.getServerVersion(), tools: (await client.listTools()).tools });
for (const { method, params } of calls) {
  try {
    line({ result: method === 'tools/call' ? await client.callTool(params) : await client.readResource(params) });
  } catch (error) {
    line({ error: { type: error.constructor.name, code: error.code, message: error.message } });
  }
}
await transport.terminateSession();
await client.close();
