import { describe, expect, it } from 'vitest';
import { findImpurities, type PureRoom, pureRoomOf } from '../checks/purity.ts';

const linesFound = (text: string, room: PureRoom = 'domain') =>
  findImpurities('file.ts', text, room).map((found) => Number(found.split(':')[1]));

describe('the purity check', () => {
  it.each([
    'const at = Date.now();',
    'const at = new Date();',
    'const at = new Date;',
    'const at = Date();',
    'const clock = { now: Date.now };',
    'const { now } = Date;',
    'const id = crypto.randomUUID();',
    "import { randomUUID } from 'node:crypto';",
    "import { createHash, randomBytes as bytes } from 'crypto';",
    "import * as crypto from 'node:crypto';",
    'const dice = Math.random();',
    'const { random } = Math;',
    'const since = performance.now();',
    'const host = process.env.HOST;',
    'const all = { process };',
    "void fetch('http://localhost');",
    "console.log('x');",
    'const time = globalThis.Date.now();',
  ])('finds what comes from outside in %s', (text) => {
    expect(linesFound(text)).toEqual([1]);
    expect(linesFound(text, 'app')).toEqual([1]);
  });

  it.each([
    'const at = new Date(text);',
    'const ms = Date.parse(text);',
    'const is = value instanceof Date;',
    'type Command = { readonly at: Date; readonly process: string };',
    'function run(process: string) { return process; }',
    'const row = { process: 1, fetch: 2 }; row.process += row.fetch;',
    'const most = Math.max(1, 2);',
    "import { createHash } from 'node:crypto';",
    "import { fetch } from './ports.ts'; fetch();",
  ])('lets %s pass', (text) => {
    expect(linesFound(text)).toEqual([]);
  });

  it('keeps timers out of domain/ and leaves them to app/', () => {
    expect(linesFound('const timer = setTimeout(run, 10);')).toEqual([1]);
    expect(linesFound('const timer = setTimeout(run, 10);', 'app')).toEqual([]);
  });

  it('names the line of each finding', () => {
    expect(linesFound('const a = 1;\nconst b = Date.now();\n\nconst c = Math.random();')).toEqual([2, 4]);
  });

  it('looks at domain/, app/ and projections/, and at the kernel', () => {
    expect(pureRoomOf('services/catalog/src/domain/package.ts')).toBe('domain');
    expect(pureRoomOf('packages/kernel/src/uuid.ts')).toBe('domain');
    expect(pureRoomOf('services/sync/src/app/feeds/read-feed.ts')).toBe('app');
    expect(pureRoomOf('services/catalog/src/projections/packages.ts')).toBe('projections');
    expect(pureRoomOf('services/sync/src/adapters/http-peer.ts')).toBeUndefined();
    expect(pureRoomOf('services/sync/test/domain/plan.test.ts')).toBeUndefined();
  });
});
