// Writes the pages of docs/reference that are generated from code.
import { writeFileSync } from 'node:fs';
import { referencePages } from './reference-pages.ts';

for (const { file, render } of referencePages) writeFileSync(file, await render());
