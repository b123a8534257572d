import { existsSync, readFileSync } from 'node:fs';
import { referencePages } from '../reference-pages.ts';
import type { Check } from './check.ts';

/** The generated pages of docs/reference are those of the code at hand. */
export const referencePagesCurrent: Check = {
  name: 'reference-pages',
  run() {
    const stale = referencePages.filter(({ file, render }) => !existsSync(file) || readFileSync(file, 'utf8') !== render());
    const problems = stale.map(({ file }) => `${file} is older than the code that it describes: run node tools/generate-docs.ts`);
    return Promise.resolve({ problems, seen: referencePages.map(({ file }) => file).join(', ') });
  },
};
