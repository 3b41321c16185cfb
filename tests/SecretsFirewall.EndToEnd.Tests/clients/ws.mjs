// The ws package and undici's WebSocket, driven by one JSON document on stdin: {client, url, protocols, messages, binary, deflate, close}.
// Each thing that happens is one JSON line: {open}, {message}, {close, reason}, {error}. Messages are sent once the socket is open; after as many
// answers it closes, unless "close" is false.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import tls from 'node:tls';

const call = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const proxy = new URL(process.env.HTTPS_PROXY);

// ws looks at no proxy variable: the tunnel is ours.
const tunnel = (host) => new Promise((resolve, reject) => {
  const credentials = Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64');
  http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${host}:443`, headers: { 'Proxy-Authorization': `Basic ${credentials}` } })
    .on('connect', (_, socket) => {
      const secure = tls.connect({ socket, servername: host, ALPNProtocols: ['http/1.1'] }, () => resolve(secure));
      secure.on('error', reject);
    })
    .on('error', reject)
    .end();
});

let socket;
if (call.client === 'ws') {
  const { WebSocket } = await import('ws');
  const secure = await tunnel(new URL(call.url).hostname);
  socket = new WebSocket(call.url, call.protocols ?? [], {
    createConnection: () => secure,
    perMessageDeflate: call.deflate ? { threshold: 0 } : false,
  });
} else {
  const { WebSocket, EnvHttpProxyAgent } = await import('undici');
  socket = new WebSocket(call.url, { protocols: call.protocols ?? [], dispatcher: new EnvHttpProxyAgent() });
}

socket.binaryType = 'arraybuffer';
let answers = 0;
socket.onopen = () => {
  line({ open: socket.protocol, extensions: socket.extensions });
  for (const message of call.messages) socket.send(call.binary ? Buffer.from(message) : message);
};
socket.onmessage = ({ data }) => {
  line({ message: typeof data === 'string' ? data : Buffer.from(data).toString() });
  if (++answers === call.messages.length && call.close !== false) socket.close(1000, 'enough');
};
socket.onerror = (event) => line({ error: event.message ?? 'error' });
socket.onclose = ({ code, reason }) => {
  line({ close: code, reason });
  process.exit(0);
};
