// Generates what is not committed: packages/contracts/src/gen from protos/ (code, and descriptors.json, which has the comments too and
// is what the schemas of events are made from), packages/api-client/src/gen from docs/reference/openapi.json, gateway/ui/src/gen, the licences of what
// is shipped, and gateway/ui/dist, the web UI. Does nothing for what its stamp says is current. `node tools/generate.ts --check` changes nothing and exits 1 when something is out of date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { generateApiTypes, openApiFile } from './generate/api-types.ts';
import { generateLicences } from './generate/licences.ts';

type Target = {
  readonly folder: string;
  readonly sources: readonly string[];
  /** Puts the files into the folder. */
  readonly generate: (folder: string) => void | Promise<void>;
};

/** ts-proto's toJSON leaves out empty lists, whatever its options; JSON of this product has every field. */
const withEmptyLists = (code: string) => code.replace(/^( +)if \((message\.\w+)\?\.length\) \{$/gm, '$1if ($2 !== undefined) {');

function generateContracts(folder: string): void {
  execFileSync('node_modules/.bin/buf', ['generate'], { stdio: 'inherit' });
  for (const file of globSync(`${folder}/odst/**/*.ts`)) writeFileSync(file, withEmptyLists(readFileSync(file, 'utf8')));
  const descriptors = ['build', '--as-file-descriptor-set', '--exclude-imports', '--output', `${folder}/descriptors.json`];
  execFileSync('node_modules/.bin/buf', descriptors, { stdio: 'inherit' });
}

function buildUi(): void {
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'];
  execFileSync(process.execPath, vite, { cwd: 'gateway/ui', stdio: 'inherit' });
}

const targets: readonly Target[] = [
  {
    folder: 'packages/contracts/src/gen',
    sources: [...globSync('protos/**/*.proto').sort(), 'buf.yaml', 'buf.gen.yaml'],
    generate: generateContracts,
  },
  {
    folder: 'packages/api-client/src/gen',
    sources: [openApiFile, 'tools/generate/api-types.ts'],
    generate: generateApiTypes,
  },
  {
    folder: 'gateway/ui/src/gen',
    sources: ['pnpm-lock.yaml', 'tools/generate/licences.ts', 'tools/checks/licences.ts'],
    generate: generateLicences,
  },
  {
    folder: 'gateway/ui/dist',
    sources: [
      'pnpm-lock.yaml',
      ...globSync('gateway/ui/{src/**/*.*,index.html,vite.config.ts,package.json}')
        .filter((file) => !file.startsWith('gateway/ui/src/gen'))
        .sort(),
      ...globSync('packages/api-client/src/*.ts').sort(),
    ],
    generate: buildUi,
  },
];

for (const { folder, sources, generate } of targets) {
  const hash = createHash('sha256');
  for (const file of [...sources, 'package.json', 'tools/generate.ts']) hash.update(`${file}\n`).update(readFileSync(file));
  const wanted = hash.digest('hex');
  const stampFile = `${folder}/.stamp`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) continue;
  if (process.argv.includes('--check')) {
    console.error(`${folder} does not match ${sources[0]}: run node tools/generate.ts`);
    process.exit(1);
  }
  const previous = `${folder}.old`;
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, previous);
  mkdirSync(folder, { recursive: true });
  await generate(folder);
  writeFileSync(stampFile, wanted);
  rmSync(previous, { recursive: true, force: true });
}
