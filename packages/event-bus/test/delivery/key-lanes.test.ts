import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aMessage } from '../../src/contract/messages.ts';
import { createKeyLanes, type KeyLanes } from '../../src/delivery/key-lanes.ts';
import type { BusMessage } from '../../src/event-bus.ts';

const messages = (keys: string, first = 1n): BusMessage[] => [...keys].map((key, index) => aMessage(first + BigInt(index), key));
const atStart = (): KeyLanes => createKeyLanes({ position: 0n, waiting: [] });

function take(lanes: KeyLanes): BusMessage {
  const message = lanes.next();
  if (message === undefined) throw new Error('no message may run');
  return message;
}

describe('the lanes of a topic', () => {
  test('let one message of a key run at a time', () => {
    const lanes = atStart();
    lanes.add(messages('aab'));
    const first = take(lanes);
    expect([first.position, lanes.next()?.position, lanes.next()?.position]).toEqual([1n, 3n, undefined]);
    lanes.done(first);
    expect(lanes.next()?.position).toBe(2n);
  });

  test('name the messages of a failing key as waiting, and stand behind the rest', () => {
    const lanes = atStart();
    lanes.add(messages('abac'));
    lanes.failed(take(lanes));
    lanes.done(take(lanes));
    expect(lanes.progress()).toEqual({ position: 3n, waiting: [1n, 3n] });
    lanes.done(take(lanes));
    expect(lanes.progress()).toEqual({ position: 4n, waiting: [1n, 3n] });
    lanes.retry('a');
    lanes.done(take(lanes));
    expect(lanes.progress()).toEqual({ position: 4n, waiting: [3n] });
    lanes.done(take(lanes));
    expect(lanes.progress()).toEqual({ position: 4n, waiting: [] });
  });

  test('still name what waited before they have read it again', () => {
    const lanes = createKeyLanes({ position: 4n, waiting: [1n, 3n] });
    expect(lanes.progress()).toEqual({ position: 4n, waiting: [1n, 3n] });
    expect(lanes.finalProgress()).toEqual({ position: 4n, waiting: [1n, 3n] });
    lanes.add([aMessage(1n, 'a'), aMessage(3n, 'a')]);
    lanes.done(take(lanes));
    expect(lanes.finalProgress()).toEqual({ position: 4n, waiting: [3n] });
  });

  test('wait longer after each failure of a key, and begin anew with its next message', () => {
    const lanes = atStart();
    lanes.add(messages('aa'));
    const delays = Array.from({ length: 8 }, () => {
      const delayMs = lanes.failed(take(lanes));
      lanes.retry('a');
      return delayMs;
    });
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    lanes.done(take(lanes));
    expect(lanes.failed(take(lanes))).toBe(100);
  });

  test('begin no further key while a hundred fail', () => {
    const lanes = atStart();
    lanes.add(Array.from({ length: 150 }, (_, index) => aMessage(BigInt(index + 1), `key-${index}`)));
    for (let index = 0; index < 100; index += 1) lanes.failed(take(lanes));
    expect(lanes.next()).toBeUndefined();
    lanes.retry('key-7');
    lanes.done(take(lanes));
    expect(lanes.next()?.position).toBe(101n);
  });
});

/** What happens next in a run: take a message, end one of those running well or badly, or let a key try again. */
const steps = fc.array(fc.record({ kind: fc.constantFrom('take', 'done', 'failed', 'retry'), which: fc.nat(20) }), {
  maxLength: 120,
});
const keysOfTopic = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 });

describe('in any run', () => {
  test('what is stored names exactly what was not done, and each key keeps its order', () => {
    fc.assert(
      fc.property(keysOfTopic, steps, fc.boolean(), (keys, run, atEnd) => {
        const lanes = atStart();
        lanes.add(messages(keys.join('')));
        const running: BusMessage[] = [];
        const failing: string[] = [];
        const done: BusMessage[] = [];
        let stood = 0n;
        for (const { kind, which } of run) {
          if (kind === 'take') running.push(...[lanes.next()].filter((message) => message !== undefined));
          const [ended] = kind === 'done' || kind === 'failed' ? running.splice(which % (running.length || 1), 1) : [];
          if (ended !== undefined && kind === 'done') {
            lanes.done(ended);
            done.push(ended);
          } else if (ended !== undefined) {
            lanes.failed(ended);
            failing.push(ended.key);
          }
          const [key] = kind === 'retry' ? failing.splice(which % (failing.length || 1), 1) : [];
          if (key !== undefined) lanes.retry(key);
          const { position, waiting } = lanes.progress();
          const doneSet = new Set(done.map((message) => message.position));
          const undone = keys.map((_, index) => BigInt(index + 1)).filter((at) => !doneSet.has(at));
          expect(waiting).toEqual(undone.filter((at) => at <= position));
          expect(position).toBeGreaterThanOrEqual(stood);
          stood = position;
        }
        for (const ofKey of Map.groupBy(done, ({ key }) => key).values()) {
          expect(ofKey).toEqual(ofKey.toSorted((a, b) => Number(a.position - b.position)));
        }
        if (!atEnd) return;
        const last = lanes.finalProgress();
        for (const { position } of done) expect(position).toBeLessThanOrEqual(last.position);
        for (const { position } of done) expect(last.waiting).not.toContain(position);
      }),
      { numRuns: 300 },
    );
  });
});
