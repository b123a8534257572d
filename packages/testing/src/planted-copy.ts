import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A fault that one could make: a line of a file, and what stands there instead. */
export type Plant = {
  /** Path inside the package. */
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
};

/** A copy of parts of a package, beside the original so that it finds what that imports. Disposing removes it. */
export type PlantedCopy = AsyncDisposable & {
  /** Imports a file of the copy. */
  load<Module>(file: string): Promise<Module>;
};

/**
 * Copies parts of a package and plants a fault in the copy, so that a test can be seen to find it.
 * @param root folder of the package
 * @param parts folders inside it
 * @param plant default none
 * @throws Error when the line is not there once
 */
export async function plantedCopy(root: string, parts: readonly string[], plant?: Plant): Promise<PlantedCopy> {
  const folder = await mkdtemp(join(root, '.odst-mutants-'));
  for (const part of parts) await cp(join(root, part), join(folder, part), { recursive: true });
  if (plant !== undefined) {
    const path = join(folder, plant.file);
    const text = await readFile(path, 'utf8');
    if (text.split(plant.from).length !== 2) throw new Error(`${plant.file} does not have this line once: ${plant.from}`);
    await writeFile(
      path,
      text.replace(plant.from, () => plant.to),
    );
  }
  return {
    load: async <Module>(file: string) => (await import(pathToFileURL(join(folder, file)).href)) as Module,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
