// Writes the pages of docs/reference that are generated from code.
import { writeFileSync } from 'node:fs';
import { referencePages } from './reference-pages.ts';
import { requireNode24 } from './require-node.ts';

requireNode24();
for (const { file, render } of referencePages) writeFileSync(file, await render());
