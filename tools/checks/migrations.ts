import { basename, dirname } from 'node:path';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

/** What is wrong with the names of the migrations in one folder: `0001-name.sql`, numbered from 1 without a gap. */
export function migrationProblems(folder: string, names: readonly string[]): readonly string[] {
  const wellNamed = names.filter((name) => /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*[.]sql$/.test(name)).sort();
  return [
    ...names.filter((name) => !wellNamed.includes(name)).map((name) => `${folder}/${name}: not named like 0001-what-it-does.sql`),
    ...wellNamed
      .filter((name, index) => Number(name.slice(0, 4)) !== index + 1)
      .map((name) => `${folder}/${name}: the numbers of a folder go 0001, 0002, … without a gap or a number used twice`),
  ];
}

/** Migrations run in the order of their names, so the names are in order. */
export const migrations: Check = {
  name: 'migrations',
  async run(scope) {
    const files = (await sourceFiles()).filter((file) => basename(dirname(file)) === 'migrations');
    const folders = Map.groupBy(files, dirname);
    const problems = [...folders].flatMap(([folder, inside]) =>
      migrationProblems(
        folder,
        inside.map((file) => basename(file)),
      ),
    );
    return {
      problems: problems.filter((problem) => inScope(scope, problem.slice(0, problem.indexOf(':')))),
      seen: `${files.length} files`,
    };
  },
};
