// `pnpm pack:event-client [folder]`, `pnpm pack:api-client [folder]`: a client of integrators as a package that npm installs anywhere,
// by default into .odst-pack. Prints the path of the tarball.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildPackage } from './pack/build-package.ts';
import { packages } from './pack/packages.ts';

const [name = '', folder = '.odst-pack'] = process.argv.slice(2);
const packed = packages[name];
if (packed === undefined) throw new Error(`tools/pack.ts takes one of ${Object.keys(packages).join(', ')}`);
const built = mkdtempSync(join(tmpdir(), `odst-${name}-`));
try {
  buildPackage(packed, built);
  mkdirSync(folder, { recursive: true });
  const args = ['pack', built, '--json', '--ignore-scripts', '--pack-destination', resolve(folder)];
  const [made] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as { filename: string }[];
  if (made === undefined) throw new Error('npm packed nothing');
  process.stdout.write(`${join(folder, made.filename)}\n`);
} finally {
  rmSync(built, { recursive: true, force: true });
}
