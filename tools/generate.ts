// Generates packages/contracts/src/gen from protos/: code, and descriptors.json, which has the comments too and is what the
// schemas of events are made from. Does nothing while the stamp says it is current.
// `node tools/generate.ts --check` changes nothing and exits 1 when the generated code is out of date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const target = 'packages/contracts/src/gen';
const stampFile = `${target}/.stamp`;

/** ts-proto's toJSON leaves out empty lists, whatever its options; JSON of this product has every field. */
const withEmptyLists = (code: string) => code.replace(/^( +)if \((message\.\w+)\?\.length\) \{$/gm, '$1if ($2 !== undefined) {');

const hash = createHash('sha256');
for (const file of [...globSync('protos/**/*.proto').sort(), 'buf.yaml', 'buf.gen.yaml', 'package.json', 'tools/generate.ts']) {
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
  for (const file of globSync(`${target}/odst/**/*.ts`)) writeFileSync(file, withEmptyLists(readFileSync(file, 'utf8')));
  const descriptors = ['build', '--as-file-descriptor-set', '--exclude-imports', '--output', `${target}/descriptors.json`];
  execFileSync('node_modules/.bin/buf', descriptors, { stdio: 'inherit' });
  writeFileSync(stampFile, wanted);
  rmSync(previous, { recursive: true, force: true });
}
