// The MCP SDK under a policy about tools, driven by lines of JSON on stdin, one step each: {transport, url} connects, {list: true} lists the tools, {call: params} calls one,
// {read: uri} reads a resource. Each gives one line: {server}, {tools}, {result}, or {error} where the SDK throws. What the server asks of the client is counted: {asked}.
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { CreateMessageRequestSchema, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const client = new Client({ name: 'agent', version: '1.0.0' }, { capabilities: { sampling: {} } });
let asked = 0;
const told = [];
client.setRequestHandler(CreateMessageRequestSchema, () => {
  asked++;
  return { model: 'm', role: 'assistant', content: { type: 'text', text: 'what the model said' } };
});
client.setNotificationHandler(LoggingMessageNotificationSchema, (message) => void told.push(message.params.data));
for await (const text of createInterface({ input: process.stdin })) {
  const step = JSON.parse(text);
  try {
    if (step.url) {
      const url = new URL(step.url);
      await client.connect(step.transport === 'sse' ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url));
      line({ server: client.getServerVersion(), instructions: client.getInstructions() });
    } else if (step.list) {
      line({ tools: (await client.listTools()).tools });
    } else if (step.call) {
      line({ result: await client.callTool(step.call), asked, told });
    } else {
      line({ result: await client.readResource({ uri: step.read }) });
    }
  } catch (error) {
    line({ error: { type: error.constructor.name, code: error.code, message: error.message } });
  }
}
await client.close();
