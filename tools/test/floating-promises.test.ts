import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findFloatingPromises } from '../floating-promises.ts';

/** Enough of the standard library for the cases below, so that no file is read. */
const library = `
interface Array<T> {} interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {}
interface NewableFunction {} interface Number {} interface Object {} interface RegExp {} interface String {}
interface PromiseLike<T> { then(done?: unknown, failed?: unknown): PromiseLike<T>; }
interface Promise<T> extends PromiseLike<T> { then(...args: unknown[]): Promise<T>; catch(failed?: unknown): Promise<T>; finally(done?: unknown): Promise<T>; }
declare function work(): Promise<number>;
declare function maybe(): Promise<number> | undefined;
declare function reply(): PromiseLike<number>;
declare const report: () => void; declare let kept: Promise<number> | undefined; declare const condition: boolean;
`;

const found = (statement: string) => {
  const files = new Map([
    ['lib.d.ts', library],
    ['case.ts', `export async function run() { ${statement} }`],
  ]);
  const options: ts.CompilerOptions = { noLib: true, types: [], target: ts.ScriptTarget.ES2024, strict: true };
  const sources = new Map(
    [...files].map(([name, text]) => [name, ts.createSourceFile(name, text, ts.ScriptTarget.ES2024, true)]),
  );
  const host: ts.CompilerHost = {
    getSourceFile: (name) => sources.get(name),
    fileExists: (name) => files.has(name),
    readFile: (name) => files.get(name),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  };
  const program = ts.createProgram({ rootNames: [...files.keys()], options, host });
  const source = program.getSourceFile('case.ts');
  if (source === undefined) throw new Error('the case was not read');
  return findFloatingPromises(source, program.getTypeChecker()).length;
};

describe('a promise', () => {
  it.each([
    'work();',
    'maybe();',
    'condition && work();',
    'condition ? work() : report();',
    'work().then(report);',
    'work().catch();',
    'work().finally(report);',
    'if (condition) work();',
    'const later = () => { work(); };',
  ])('is found floating in %s', (statement) => {
    expect(found(statement)).toBe(1);
  });

  it.each([
    'await work();',
    'void work();',
    'return work();',
    'kept = work();',
    'kept ??= work();',
    'work().catch(report);',
    'work().then(report, report);',
    'work().catch(report).finally(report);',
    'const later = () => work();',
    'reply();',
    'report();',
  ])('is not found floating in %s', (statement) => {
    expect(found(statement)).toBe(0);
  });
});
