import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

/** Rooms whose code gets time, chance and the outside world passed in; `elsewhere` only waits by `@odst/async`. */
export type PureRoom = 'domain' | 'app' | 'projections' | 'elsewhere';

const outside = ['process', 'performance', 'crypto', 'fetch', 'console', 'globalThis', 'global'];
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const forbiddenGlobals: ReadonlySet<string> = new Set([...outside, ...timers]);

/** What pauses, limits and repeats work, and stands once in the tree. */
const waits: ReadonlySet<string> = new Set(['setTimeout', 'setInterval']);

/** The one place that waits by Node's timers, and what tests wait with. */
const mayWait = /^packages\/async\/src\/timers[.]ts$|^packages\/(testing|test-kit)\/|\/src\/contract\//;

/** Of node:crypto, what computes may be used; what draws a random value may not. */
const randomOfCrypto = /^(random|webcrypto|generateKey|generatePrime|subtle|getRandomValues)/;

/** Whether the identifier names something (a member, a declaration) instead of using the variable of that name. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return true;
  return 'name' in parent && parent.name === node;
}

/** `new Date(value)`, `Date.parse`, `Date.UTC` and `instanceof Date` compute; every other use can read the clock. */
function readsClock(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent)) return parent.expression !== node || (parent.arguments?.length ?? 0) === 0;
  if (ts.isPropertyAccessExpression(parent)) return !['parse', 'UTC'].includes(parent.name.text);
  return !(ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword);
}

function drawsChance(node: ts.Identifier): boolean {
  return !ts.isPropertyAccessExpression(node.parent) || node.parent.name.text === 'random';
}

/** Names that the file declares or imports itself: a parameter `process` is no global. */
function declaredNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node) => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** Uses of clock, chance and the outside world in a file of `room`, with their lines. Elsewhere only timers. */
export function findImpurities(file: string, text: string, room: PureRoom): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declared = declaredNames(source);
  const isElsewhere = room === 'elsewhere';
  const found: string[] = [];
  const report = (node: ts.Node, what: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    const instead = room === 'elsewhere' ? 'use @odst/async' : `${room}/ gets it passed in`;
    found.push(`${file}:${line + 1}: ${what}; ${instead}`);
  };
  const visit = (node: ts.Node) => {
    if (ts.isTypeNode(node)) return;
    if (ts.isImportDeclaration(node)) {
      if (isElsewhere) return;
      const { importClause, moduleSpecifier } = node;
      const bindings = importClause?.namedBindings;
      if (!ts.isStringLiteral(moduleSpecifier) || !/^(node:)?crypto$/.test(moduleSpecifier.text) || bindings === undefined)
        return;
      if (!ts.isNamedImports(bindings)) report(node, 'all of node:crypto, its random values included');
      else
        for (const { name, propertyName } of bindings.elements) {
          const imported = (propertyName ?? name).text;
          if (randomOfCrypto.test(imported)) report(node, `random values (${imported})`);
        }
      return;
    }
    if (ts.isIdentifier(node) && !isName(node) && !declared.has(node.text)) {
      if (isElsewhere) {
        if (waits.has(node.text)) report(node, node.text);
        return;
      }
      if (node.text === 'Date' && readsClock(node)) report(node, 'the time');
      if (node.text === 'Math' && drawsChance(node)) report(node, 'random values (Math.random)');
      if (forbiddenGlobals.has(node.text)) report(node, node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The room of a file, undefined where anything goes. */
export function pureRoomOf(file: string): PureRoom | undefined {
  if (/^(services\/[^/]+\/src\/domain|packages\/kernel\/src)\/.+[.]ts$/.test(file)) return 'domain';
  if (/^(services\/[^/]+|gateway)\/src\/projections\/.+[.]ts$/.test(file)) return 'projections';
  if (/^services\/[^/]+\/src\/app\/.+[.]ts$/.test(file)) return 'app';
  return /^(packages|services|gateway|standalone)\/.*\bsrc\/.+[.]ts$/.test(file) && !mayWait.test(file) ? 'elsewhere' : undefined;
}

/**
 * domain/, app/ and projections/ read no clock, draw no random value and touch nothing outside: a replay gives the same. All others
 * wait by `@odst/async`.
 */
export const purity: Check = {
  name: 'purity',
  async run(scope) {
    const files = (await sourceFiles()).filter((file) => pureRoomOf(file) !== undefined);
    const problems = files
      .filter((file) => inScope(scope, file))
      .flatMap((file) => findImpurities(file, readFileSync(file, 'utf8'), pureRoomOf(file) ?? 'domain'));
    if (files.length === 0) problems.push('found no file to look at');
    if (findImpurities('planted.ts', 'export const at = Date.now();', 'domain').length !== 1)
      problems.push('a planted Date.now() was not seen');
    return { problems, seen: `${files.length} files` };
  },
};
