import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorRegister, errorRow, isErrorCode } from '../../packages/kernel/src/index.ts';
import { errorsDocFile, renderErrorsDoc } from '../errors-doc.ts';

const page = readFileSync(errorsDocFile, 'utf8');
const documented = page
  .matchAll(/^### `([A-Z_]+)`$/gm)
  .map(([, code]) => code ?? '')
  .toArray();

describe('the reference page of errors', () => {
  it('has every code of the register once', () => {
    expect(documented.toSorted()).toEqual(Object.keys(errorRegister).toSorted());
  });

  it('has no code that the register lacks', () => {
    expect(documented.filter((code) => !isErrorCode(code))).toEqual([]);
  });

  it.each(documented.filter(isErrorCode))('says of %s what the register says', (code) => {
    const { http, grpc, retryable, title, description } = errorRow(code);
    const section = page.slice(page.indexOf(`### \`${code}\``)).split('\n### ')[0];
    expect(section).toContain(`${title}. HTTP ${http}, gRPC \`${grpc}\`, ${retryable ? 'retryable' : 'not retryable'}.`);
    expect(section).toContain(description);
  });

  it('is what the generator writes', () => {
    expect(page).toBe(renderErrorsDoc());
  });
});
