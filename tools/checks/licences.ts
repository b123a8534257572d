import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Check } from './check.ts';

/** What is shipped, or published. What they need at run time is shipped with them. */
const shipped = ['standalone', 'cli', 'packages/api-client', 'packages/event-client'] as const;

/** Licences that ask for no more than to be named. */
const permissive = new Set([
  'Apache-2.0',
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
]);

/** Packages whose package.json names no licence, with where it stands. One that is not needed any more fails. */
export const named: Readonly<Record<string, string>> = {
  'combine-errors': 'MIT: the last lines of its Readme.md; tus-js-client brings it',
};

/** A package that is shipped. */
export type ShippedPackage = { readonly name: string; readonly version: string; readonly licence: string };

/** The same with where it is installed. */
type InstalledPackage = ShippedPackage & { readonly folder: string };

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/**
 * The packages of others that some folders of the workspace need at run time, as they are installed; those for other systems are not.
 * @throws Error for a dependency that is not installed
 */
export function shippedPackages(folders: readonly string[] = shipped): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const seen = new Set<string>();
  const leftOut = packagesLeftOut();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const { name, version, license, dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
    const licence = typeof license === 'string' ? license : (license?.type ?? '');
    if (!name.startsWith('@odst/')) found.set(`${name}@${version}`, { name, version, licence, folder });
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(folder, dependency);
      if (place !== undefined) visit(place);
      else if (!Object.hasOwn(optionalDependencies, dependency) && !leftOut.has(`${name}>${dependency}`)) {
        throw new Error(`${name} needs ${dependency}, which is not installed`);
      }
    }
  };
  for (const folder of folders) visit(realpathSync(folder));
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** What is wrong with the licences of packages. @param exceptions packages that name none, with where it stands */
export function licenceProblems(
  packages: readonly ShippedPackage[],
  exceptions: Readonly<Record<string, string>> = named,
): readonly string[] {
  const needed = new Set<string>();
  const problems = packages.flatMap(({ name, version, licence }) => {
    if (isPermissive(licence)) return [];
    if (licence === '' && Object.hasOwn(exceptions, name)) {
      needed.add(name);
      return [];
    }
    const told = licence === '' ? 'names no licence' : `has the licence ${licence}, which is not one of the permissive ones`;
    return [`${name}@${version}: ${told} (tools/checks/licences.ts)`];
  });
  const idle = Object.keys(exceptions).filter((name) => !needed.has(name));
  return [...problems, ...idle.map((name) => `${name}: an exception that nothing needs (tools/checks/licences.ts)`)];
}

/** Of a choice one has to be permissive, of what counts together all. */
function isPermissive(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => permissive.has(licence)));
}

/** What the workspace does without, though others ask for it: `who>what`. */
function packagesLeftOut(): ReadonlySet<string> {
  const settings = readFileSync('pnpm-workspace.yaml', 'utf8');
  return new Set([...settings.matchAll(/^ {2}["']([^"'\s]+>[^"'\s]+)["']: ["']-["']/gm)].map(([, pair = '']) => pair));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Where Node finds a package from a folder. */
function placeOf(folder: string, name: string): string | undefined {
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    try {
      return realpathSync(join(above, 'node_modules', name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Everything that is shipped may be passed on. */
export const licences: Check = {
  name: 'licences',
  async run() {
    const packages = shippedPackages();
    return { problems: licenceProblems(packages), seen: `${packages.length} packages that are shipped` };
  },
};
