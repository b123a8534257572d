import { constants, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the product is made and run from. Links between packages go along; what they lead to outside of the copy is shared. */
const parts = [
  'packages',
  'services',
  'gateway',
  'standalone',
  'cli',
  'protos',
  'tools',
  'docs',
  ...['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.json', 'buf.yaml', 'buf.gen.yaml'],
];

/** Lines to be added to existing files: by file, each behind a line that is there. */
export type Edits = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Copies the workspace into a folder, puts another tree over it, which must replace nothing, and makes the edits. */
export async function copyWorkspace(target: string, overlay: string, edits: Edits): Promise<void> {
  for (const part of parts) {
    await cp(join(root, part), join(target, part), { recursive: true, verbatimSymlinks: true, filter: isSource });
  }
  await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
  await cp(overlay, target, { recursive: true, mode: constants.COPYFILE_EXCL });
  for (const [file, additions] of Object.entries(edits)) {
    const path = join(target, file);
    let text = await readFile(path, 'utf8');
    for (const [behind, added] of Object.entries(additions)) {
      if (!text.includes(`${behind}\n`)) throw new Error(`${file} has no line ${behind}`);
      text = text.replace(`${behind}\n`, `${behind}\n${added}\n`);
    }
    await writeFile(path, text);
  }
}

function isSource(path: string): boolean {
  return !/^([.]odst|[.]vite)/.test(basename(path));
}

/** Links a package to those of the workspace that it names, and it to who names it, as an installation does. */
export async function linkPackage(target: string, folder: string, users: readonly string[]): Promise<void> {
  const { name, dependencies } = JSON.parse(await readFile(join(target, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const link = async (from: string, dependency: string, to: string) => {
    const path = join(target, from, 'node_modules', dependency);
    await mkdir(dirname(path), { recursive: true });
    await symlink(relative(dirname(path), join(target, to)), path);
  };
  for (const dependency of Object.keys(dependencies)) {
    await link(folder, dependency, join('packages', dependency.replace('@odst/', '')));
  }
  for (const user of users) await link(user, name, folder);
}
