import { existsSync, readFileSync } from 'node:fs';
import { errorsDocFile, renderErrorsDoc } from '../errors-doc.ts';
import type { Check } from './check.ts';

/** docs/reference/errors.md is that of the register at hand. */
export const errorDocs: Check = {
  name: 'error-docs',
  run() {
    const current = existsSync(errorsDocFile) && readFileSync(errorsDocFile, 'utf8') === renderErrorsDoc();
    const problems = current ? [] : [`${errorsDocFile} is not that of the register: run node tools/generate-errors-doc.ts`];
    return Promise.resolve({ problems, seen: errorsDocFile });
  },
};
