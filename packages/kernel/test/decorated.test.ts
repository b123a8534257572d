import { expect, test } from 'vitest';
import { decorated } from '../src/index.ts';

interface Counter {
  readonly count: number;
  add(): void;
  [Symbol.dispose](): void;
}

function createCounter(): Counter & { closed: () => boolean } {
  let count = 0;
  let isClosed = false;
  return {
    get count() {
      return count;
    },
    add() {
      count += 1;
    },
    closed: () => isClosed,
    [Symbol.dispose]() {
      isClosed = true;
    },
  };
}

test('replaces what is given and keeps the rest, a getter as a getter and symbols too', () => {
  const inner = createCounter();
  const twice = decorated(inner, {
    add() {
      inner.add();
      inner.add();
    },
  });
  twice.add();
  expect([twice.count, inner.count]).toEqual([2, 2]);
  twice[Symbol.dispose]();
  expect(inner.closed()).toBe(true);
});

test('can be decorated and spread again', () => {
  const inner = createCounter();
  const again = decorated(decorated<Counter>(inner, { add: () => inner.add() }), { [Symbol.dispose]: () => undefined });
  again.add();
  expect({ ...again }.count).toBe(1);
  again[Symbol.dispose]();
  expect(inner.closed()).toBe(false);
});

test('keeps what an object has from its class', () => {
  class Greeter {
    readonly name: string = 'site';
    greet(): string {
      return `this is ${this.name}`;
    }
    part(): string {
      return 'bye';
    }
  }
  const greeter = decorated(new Greeter(), { part: () => 'see you' });
  expect([greeter.greet(), greeter.part()]).toEqual(['this is site', 'see you']);
  expect(greeter).toBeInstanceOf(Greeter);
});
