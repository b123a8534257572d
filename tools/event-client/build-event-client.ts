import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { payloadsFile, renderPayloadTypes } from './payload-types.ts';

const packageFolder = 'packages/event-client';
/** What only those install who read from Kafka. */
const peer = 'kafkajs';
/** Oldest Node that has all that the client calls; newer syntax is rewritten for it. */
const oldest = { node: '>=22', target: ts.ScriptTarget.ES2023 };

/** What the client takes of packages below it, which goes along: the files, and an `index.ts` of its own for them. */
const carried = {
  '@odst/kernel': {
    folder: 'packages/kernel/src',
    files: ['errors'],
    index: `export { isOdstError, OdstError } from './errors/odst-error.ts';
export { type ErrorCode, isErrorCode } from './errors/register.ts';
`,
  },
  '@odst/async': {
    folder: 'packages/async/src',
    files: ['backoff.ts', 'backoff-ms.ts', 'timers.ts', 'within.ts'],
    index: `export { createBackoff } from './backoff.ts';
export { pause, systemTimers } from './timers.ts';
export { settlesWithin } from './within.ts';
`,
  },
} as const;

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

/**
 * Builds `@odst/event-client` as JavaScript with its types, for outside of this workspace, where sources do not run: what it needs
 * of the workspace is inside, and the types of events no longer name the contracts.
 * @param target an empty folder, which becomes the package
 * @throws Error with what the compiler refuses
 */
export function buildEventClient(target: string): void {
  const manifest: Manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  // Below the package, so that what it imports is found.
  const staging = mkdtempSync(resolve(packageFolder, '.odst-build-'));
  try {
    stage(staging, renderPayloadTypes(options));
    compile(
      Object.values(manifest.exports).map((file) => join(staging, file)),
      {
        ...options,
        target: oldest.target,
        rewriteRelativeImportExtensions: true,
        noEmit: false,
        noEmitOnError: true,
        declaration: true,
        rootDir: staging,
        outDir: target,
      },
    );
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  for (const file of globSync('**/*.d.ts', { cwd: target })) {
    const text = readFileSync(join(target, file), 'utf8');
    writeFileSync(join(target, file), text.replace(/(from '[.][^']+)[.]ts'/g, "$1.js'"));
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published(manifest), undefined, 2)}\n`);
  writeFileSync(join(target, 'README.md'), readme);
  cpSync('LICENSE', join(target, 'LICENSE'));
}

/** Puts the sources together as they are to be compiled. */
function stage(staging: string, payloadTypes: string): void {
  const sources = join(staging, 'src');
  cpSync(join(packageFolder, 'src'), sources, { recursive: true });
  writeFileSync(join(staging, relative(packageFolder, payloadsFile)), payloadTypes);
  for (const [name, { folder, files, index }] of Object.entries(carried)) {
    for (const file of files) cpSync(join(folder, file), join(carriedFolder(sources, name), file), { recursive: true });
    writeFileSync(join(carriedFolder(sources, name), 'index.ts'), index);
  }
  for (const file of globSync('**/*.ts', { cwd: sources })) {
    const staged = join(sources, file);
    let text = readFileSync(staged, 'utf8');
    for (const name of Object.keys(carried)) {
      const path = relative(dirname(staged), join(carriedFolder(sources, name), 'index.ts'));
      text = text.replaceAll(`from '${name}'`, `from '${path.startsWith('.') ? path : `./${path}`}'`);
    }
    writeFileSync(staged, text);
  }
}

/** @param name of a package, as `@odst/kernel` */
function carriedFolder(sources: string, name: string): string {
  return join(sources, name.replace('@odst/', ''));
}

function compile(rootNames: readonly string[], options: ts.CompilerOptions): void {
  const program = ts.createProgram({ rootNames, options });
  const { diagnostics } = program.emit();
  const all = ts.sortAndDeduplicateDiagnostics([...ts.getPreEmitDiagnostics(program), ...diagnostics]);
  const host = { getCurrentDirectory: () => '.', getCanonicalFileName: (name: string) => name, getNewLine: () => '\n' };
  if (all.length > 0) throw new Error(ts.formatDiagnostics(all, host));
}

function published({ name, version, license, exports, dependencies }: Manifest) {
  const places = Object.entries(exports).map(([path, source]) => {
    const file = source.replace(/[.]ts$/, '');
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }] as const;
  });
  return {
    name,
    version,
    description: 'Reads the events of an Open Distribution Server, typed, over HTTP or Kafka',
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: oldest.node },
    exports: Object.fromEntries(places),
    peerDependencies: { [peer]: `^${dependencies[peer]}` },
    peerDependenciesMeta: { [peer]: { optional: true } },
  };
}

const readme = `# @odst/event-client

Reads the events of an Open Distribution Server, typed, over HTTP or Kafka. The guide is docs/guides/events.md of the server.
\`@odst/event-client/kafka\` needs \`kafkajs\` beside it, the types need \`@types/node\`; the rest needs nothing.
`;
