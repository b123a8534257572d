import { existsSync, readFileSync } from 'node:fs';
import { referencePages } from '../reference-pages.ts';
import type { Check } from './check.ts';

/** The generated pages of docs/reference are those of the code at hand. */
export const referencePagesCurrent: Check = {
  name: 'reference-pages',
  async run() {
    const problems: string[] = [];
    for (const { file, render } of referencePages) {
      if (existsSync(file) && readFileSync(file, 'utf8') === (await render())) continue;
      problems.push(`${file} is older than the code that it describes: run node tools/generate-docs.ts`);
    }
    return { problems, seen: referencePages.map(({ file }) => file).join(', ') };
  },
};
