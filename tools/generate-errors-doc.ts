// Writes docs/reference/errors.md from the register of errors.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorsDocFile, renderErrorsDoc } from './errors-doc.ts';

mkdirSync(dirname(errorsDocFile), { recursive: true });
writeFileSync(errorsDocFile, renderErrorsDoc());
