// grpc-js, driven by one JSON document on stdin: {host, messages, compression}. One bidirectional call: each message is sent when the answer to the one before
// has come. One JSON line for each thing that happens: {message}, {status, details}.
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';

const call = JSON.parse(readFileSync(0, 'utf8'));
const line = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const asItIs = (bytes) => bytes;

const client = new grpc.Client(`${call.host}:443`, grpc.credentials.createSsl(readFileSync(process.env.SSL_CERT_FILE)), {
  'grpc.default_compression_algorithm': call.compression ?? 0,
});
const stream = client.makeBidiStreamRequest('/pkg.Service/Method', asItIs, asItIs);
const next = () => (call.messages.length > 0 ? stream.write(Buffer.from(call.messages.shift())) : stream.end());
stream.on('data', (bytes) => {
  line({ message: bytes.toString() });
  next();
});
stream.on('error', () => {});
stream.on('status', ({ code, details }) => {
  line({ status: code, details });
  process.exit(0);
});
next();
