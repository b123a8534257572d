import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

/** A stream of a server that is told by the test what it says. */
class ToldSource extends EventTarget {
  static latest: ToldSource | undefined;
  readonly readyState = 1;
  constructor() {
    super();
    ToldSource.latest = this;
  }
}

test('rows of packages are asked for anew when other servers hold more or less, and what else is known of packages is not', async () => {
  const page = {
    location: { origin: 'http://127.0.0.1' },
    addEventListener: () => undefined,
    document: Object.assign(new EventTarget(), { hidden: false }),
    EventSource: ToldSource,
  };
  const before = Object.keys(page).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const { followLive } = await import('../src/live/live-updates.ts');
  const queries = new QueryClient();
  const [rows, history] = [['packages', 'list', {}, 0] as const, ['packages', 'history', 7] as const];
  queries.setQueryData(rows, []);
  queries.setQueryData(history, []);
  const end = followLive(queries);
  const isOld = (key: readonly unknown[]) => queries.getQueryState(key)?.isInvalidated;
  const asked = new Promise<void>((resolve) => {
    queries.getQueryCache().subscribe(() => isOld(rows) === true && resolve());
  });
  ToldSource.latest?.dispatchEvent(new Event('coverage'));
  await asked;
  expect(isOld(history)).toBe(false);
  end();
  for (const [name, descriptor] of before) {
    if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, descriptor);
  }
});
