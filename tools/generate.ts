// Generates packages/contracts/src/gen from protos/; does nothing while the stamp says it is current.
// `node tools/generate.ts --check` changes nothing and exits 1 when the generated code is out of date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const target = 'packages/contracts/src/gen';
const stampFile = `${target}/.stamp`;

const hash = createHash('sha256');
for (const file of [...globSync('protos/**/*.proto').sort(), 'buf.yaml', 'buf.gen.yaml', 'package.json']) {
  hash.update(`${file}\n`).update(readFileSync(file));
}
const wanted = hash.digest('hex');
const current = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';

if (current !== wanted) {
  if (process.argv.includes('--check')) {
    console.error(`${target} does not match protos/: run node tools/generate.ts`);
    process.exit(1);
  }
  const previous = `${target}.old`;
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, previous);
  execFileSync('node_modules/.bin/buf', ['generate'], { stdio: 'inherit' });
  writeFileSync(stampFile, wanted);
  rmSync(previous, { recursive: true, force: true });
}
