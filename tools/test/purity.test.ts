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
    'const timer = setTimeout(run, 10);',
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

  it('names the line of each finding', () => {
    expect(linesFound('const a = 1;\nconst b = Date.now();\n\nconst c = Math.random();')).toEqual([2, 4]);
  });

  it.each([
    'const timer = setTimeout(run, 10);',
    'const timer = setInterval(run, 10);',
    'const waits = new Promise((end) => setTimeout(end, 10));',
    'const timers = { setTimeout };',
  ])('finds elsewhere what waits by itself, as %s', (text) => {
    expect(linesFound(text, 'elsewhere')).toEqual([1]);
  });

  it.each([
    'socket.setTimeout(0);',
    'const at = Date.now();',
    "import { randomUUID } from 'node:crypto';",
    'const chance = Math.random();',
    'import { setTimeout } from "./timers.ts"; setTimeout(1);',
  ])('lets %s pass elsewhere', (text) => {
    expect(linesFound(text, 'elsewhere')).toEqual([]);
  });

  it('looks for what waits by itself everywhere but in the place of timers and in tests', () => {
    expect(pureRoomOf('services/sync/src/adapters/http-peer.ts')).toBe('elsewhere');
    expect(pureRoomOf('packages/event-bus/kafka/src/member.ts')).toBe('elsewhere');
    expect(pureRoomOf('gateway/src/app.ts')).toBe('elsewhere');
    expect(pureRoomOf('packages/async/src/periodic.ts')).toBe('elsewhere');
    expect(pureRoomOf('packages/postgres/src/notifier.ts')).toBe('elsewhere');
    expect(pureRoomOf('packages/async/src/timers.ts')).toBeUndefined();
    expect(pureRoomOf('packages/test-kit/src/eventually.ts')).toBeUndefined();
    expect(pureRoomOf('gateway/test/app.test.ts')).toBeUndefined();
  });

  it('looks at domain/, app/ and projections/, and at the kernel', () => {
    expect(pureRoomOf('services/catalog/src/domain/package.ts')).toBe('domain');
    expect(pureRoomOf('packages/kernel/src/uuid.ts')).toBe('domain');
    expect(pureRoomOf('services/sync/src/app/feeds/read-feed.ts')).toBe('app');
    expect(pureRoomOf('services/catalog/src/projections/packages.ts')).toBe('projections');
    expect(pureRoomOf('services/sync/test/domain/plan.test.ts')).toBeUndefined();
  });
});
