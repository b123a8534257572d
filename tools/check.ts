// All checks of the workspace: `node tools/check.ts`. Some of them: `node tools/check.ts types lint`.
// Only what they find in some folders: `node tools/check.ts types lint -- services/catalog packages/kernel`.
import { availableParallelism } from 'node:os';
import { breaking } from './checks/breaking.ts';
import type { Check, Findings, Scope } from './checks/check.ts';
import { docComments } from './checks/doc-comments.ts';

import { fileSizes } from './checks/file-sizes.ts';
import { generatedCode } from './checks/generated-code.ts';
import { imports } from './checks/imports.ts';
import { licences } from './checks/licences.ts';
import { lint } from './checks/lint.ts';
import { migrations } from './checks/migrations.ts';
import { protos } from './checks/protos.ts';
import { purity } from './checks/purity.ts';
import { queries } from './checks/queries.ts';
import { referencePagesCurrent } from './checks/reference-pages.ts';
import { testHygiene } from './checks/test-hygiene.ts';
import { types } from './checks/types.ts';
import { unused } from './checks/unused.ts';

/** The slow ones first, so that the quick ones fill up the other core. */
const checks: readonly Check[] = [
  types,
  lint,
  imports,
  unused,
  protos,
  breaking,
  purity,
  queries,
  generatedCode,
  referencePagesCurrent,
  docComments,
  fileSizes,
  migrations,
  licences,
  testHygiene,
];

async function findingsOf(check: Check, scope: Scope): Promise<Findings> {
  try {
    return await check.run(scope);
  } catch (error) {
    return { problems: [`the check itself failed: ${error instanceof Error ? error.stack : String(error)}`], seen: 'nothing' };
  }
}

/** Runs one check, prints its line and what it found; true when it found nothing. */
async function report(check: Check, scope: Scope): Promise<boolean> {
  const startedAt = performance.now();
  const { problems, seen } = await findingsOf(check, scope);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const mark = problems.length === 0 ? 'ok  ' : 'FAIL';
  const lines = [
    `${mark} ${check.name.padEnd(15)} ${seconds.padStart(5)} s  ${seen}`,
    ...problems.map((problem) => `     ${problem}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return problems.length === 0;
}

/** Runs the checks, as many at once as there are cores; the names of those that found something. */
async function runChecks(selected: readonly Check[], scope: Scope): Promise<readonly string[]> {
  const queue = selected.values();
  const failed: string[] = [];
  const work = async () => {
    for (const check of queue) if (!(await report(check, scope))) failed.push(check.name);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, work));
  return failed;
}

const [names, folders] = ((args: readonly string[]) => {
  const divider = args.includes('--') ? args.indexOf('--') : args.length;
  return [args.slice(0, divider), args.slice(divider + 1).map((folder) => folder.replace(/\/+$/, ''))] as const;
})(process.argv.slice(2));

const unknown = names.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No check ${unknown.join(', ')}. There are: ${checks.map((check) => check.name).join(', ')}\n`);
  process.exit(2);
}
const failed = await runChecks(names.length === 0 ? checks : checks.filter((check) => names.includes(check.name)), { folders });
if (failed.length > 0) {
  process.stdout.write(`Checks failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
