import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** Oldest Node that has all that the clients call; newer syntax is rewritten for it. */
const oldest = { node: '>=22', target: ts.ScriptTarget.ES2023 };

/** What a package takes of another one below it, which goes along: the files, and an `index.ts` of its own for them. */
type Carried = { readonly folder: string; readonly files: readonly string[]; readonly index: string };

type Versions = Readonly<Record<string, string>>;

/** A package of the workspace that is installed outside of it. */
export type PackedPackage = {
  readonly folder: string;
  readonly description: string;
  readonly readme: string;
  /** By what imports name: `@odst/kernel`. */
  readonly carried: Readonly<Record<string, Carried>>;
  /** What is installed beside it, as fields of its manifest, from the versions that it has here. */
  readonly needs: (versions: Versions) => object;
  /** Changes the sources before they are compiled. Default not at all */
  readonly prepare?: (staging: string, options: ts.CompilerOptions) => void;
};

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Versions;
};

/**
 * Builds a package as JavaScript with its types, for outside of this workspace, where sources do not run: what it needs of the
 * workspace is inside.
 * @param target an empty folder, which becomes the package
 * @throws Error with what the compiler refuses
 */
export function buildPackage(packed: PackedPackage, target: string): void {
  const { folder, prepare = () => undefined } = packed;
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  // Below the package, so that what it imports is found.
  const staging = mkdtempSync(resolve(folder, '.odst-build-'));
  try {
    cpSync(join(folder, 'src'), join(staging, 'src'), { recursive: true });
    prepare(staging, options);
    carry(packed, join(staging, 'src'));
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
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published(packed, manifest), undefined, 2)}\n`);
  writeFileSync(join(target, 'README.md'), packed.readme);
  cpSync('LICENSE', join(target, 'LICENSE'));
}

/** Puts what is carried beside the sources, and has them import it there. */
function carry({ carried }: PackedPackage, sources: string): void {
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

function published({ description, needs }: PackedPackage, { name, version, license, exports, dependencies }: Manifest) {
  const places = Object.entries(exports).map(([path, source]) => {
    const file = source.replace(/[.]ts$/, '');
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }] as const;
  });
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: oldest.node },
    exports: Object.fromEntries(places),
    ...needs(dependencies),
  };
}
