// What looks like a server to the harness, and tells of an event that the AsyncAPI document does not have.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const document = await readFile(new URL('../../docs/reference/asyncapi.yaml', import.meta.url), 'utf8');
const port = Number(process.env['ODST_PORT']);
const event = { type: 'org.odst.catalog.PackageInvented.v1', feedsequence: '1', dataschema: 'invented' };
const answers: Readonly<Record<string, string>> = {
  '/api/asyncapi.yaml': document,
  '/api/schemas/invented': JSON.stringify({ $id: 'invented' }),
  '/api/v1/events?after=1&limit=1000': JSON.stringify({ items: [], next: '1' }),
};

const server = createServer((request, response) => {
  response.end(answers[request.url ?? ''] ?? JSON.stringify({ items: [event], next: '1' }));
});
server.listen(port, '127.0.0.1');
await once(server, 'listening');
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`ODST ready at http://127.0.0.1:${port}\n`);
