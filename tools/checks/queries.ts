import { readFileSync } from 'node:fs';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

/** A call of the driver: `pool.query(`, `client.query<Row>(`. */
const call = /[.]query(?:<[^(]*>)?\(/;

/** Product sources; what tests share is none. */
const product = /^(packages|services|gateway|standalone)\/(?:.*\/)?src\/.+[.]ts$/;
const shared = /^packages\/(testing|test-kit)\/|\/src\/contract\//;

/** Where the driver is called. */
const mayCall: readonly { readonly place: RegExp; readonly why: string }[] = [
  { place: /^packages\/postgres\/src\//, why: 'the one place that translates' },
  {
    place: /^packages\/embedded-postgres\/src\/ensure-database[.]ts$/,
    why: 'before there is a database; lies under @odst/postgres',
  },
  {
    place: /^packages\/event-store\/(postgres\/src\/append-(alone|batch)|eventstoredb\/src\/places)[.]ts$/,
    why: 'the appender decides by the error of the driver whether to try the appends one by one',
  },
];

/** Calls of the driver in one file, with their lines. */
export function findDriverCalls(file: string, text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      call.test(line)
        ? [`${file}:${index + 1}: use execute or queryRows of @odst/postgres, which translate errors: ${line.trim()}`]
        : [],
    );
}

/** Whether a file is one of the product that leaves the driver to `@odst/postgres`. */
export function leavesDriver(file: string): boolean {
  return product.test(file) && !shared.test(file) && !mayCall.some(({ place }) => place.test(file));
}

/** Statements run by `@odst/postgres`, so that errors of the driver become those of the product in one place. */
export const queries: Check = {
  name: 'queries',
  async run(scope) {
    const files = (await sourceFiles()).filter(leavesDriver);
    const problems = files
      .filter((file) => inScope(scope, file))
      .flatMap((file) => findDriverCalls(file, readFileSync(file, 'utf8')));
    if (files.length === 0) problems.push('found no file to look at');
    if (findDriverCalls('planted.ts', "await pool.query<Row>('SELECT 1');").length !== 1)
      problems.push('a planted query was not seen');
    return { problems, seen: `${files.length} files` };
  },
};
