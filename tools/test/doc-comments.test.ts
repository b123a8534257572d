import { describe, expect, it } from 'vitest';
import { undocumentedExports } from '../checks/doc-comments.ts';

describe('the doc comment check', () => {
  it.each([
    'export function run() {}',
    'export const size = 1;',
    'export type Id = string;',
    'export interface Store {}',
    'export class Bitmap {}',
    '// only a remark\nexport const size = 1;',
  ])('refuses %j', (text) => {
    expect(undocumentedExports('file.ts', text)).toHaveLength(1);
  });

  it.each([
    '/** Bytes. */\nexport const size = 1;',
    'const size = 1;',
    "export { run } from './run.ts';",
    "export type * from './run.ts';",
  ])('lets %j pass', (text) => {
    expect(undocumentedExports('file.ts', text)).toEqual([]);
  });
});
