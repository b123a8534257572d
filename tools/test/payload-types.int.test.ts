import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../packages/testing/src/index.ts';
import { payloadsFile, renderPayloadTypes } from '../pack/payload-types.ts';

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');

/** What the compiler says of a place that wants the shipped types and the types over the contracts to be the same. */
async function compare(shipped: string): Promise<readonly string[]> {
  const made = await temporaryDirectory();
  onTestFinished(() => made[Symbol.asyncDispose]());
  const folder = join(made.path, 'compared');
  await mkdir(folder);
  await writeFile(join(folder, 'shipped.mts'), shipped);
  const lines = [
    `import type { EventPayloads as Own } from '${resolve(payloadsFile)}';`,
    `import type { EventPayloads as Shipped } from './shipped.mts';`,
    'export const same: [Own] extends [Shipped] ? ([Shipped] extends [Own] ? true : false) : false = true;',
  ];
  const file = join(folder, 'compare.mts');
  await writeFile(file, lines.join('\n'));
  const program = ts.createProgram({ rootNames: [file], options: { ...options, typeRoots: [resolve('node_modules/@types')] } });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

test('the types of events that are shipped are those of the contracts, with their comments', { timeout: 60_000 }, async () => {
  const shipped = renderPayloadTypes(options);
  expect(await compare(shipped)).toEqual([]);
  expect(await compare(shipped.replace('readonly packageId: number;', ''))).toHaveLength(1);
  expect(await compare(shipped.replace('readonly sizeBytes: string;', 'readonly sizeBytes: number;'))).toHaveLength(1);
  expect(shipped).not.toMatch(/\bany\b(?! )|import /);
  expect(shipped).toContain('/** The server; follows from its public key. */\n  readonly iss: string;');
});
