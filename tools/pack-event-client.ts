// `pnpm pack:event-client [folder]`: the integrators' client as a package that npm installs anywhere, by default into .odst-pack.
// Prints the path of the tarball.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildEventClient } from './event-client/build-event-client.ts';

const [folder = '.odst-pack'] = process.argv.slice(2);
const built = mkdtempSync(join(tmpdir(), 'odst-event-client-'));
try {
  buildEventClient(built);
  mkdirSync(folder, { recursive: true });
  const args = ['pack', built, '--json', '--ignore-scripts', '--pack-destination', resolve(folder)];
  const [packed] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as { filename: string }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  process.stdout.write(`${join(folder, packed.filename)}\n`);
} finally {
  rmSync(built, { recursive: true, force: true });
}
