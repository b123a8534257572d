import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../event.ts';
import { anAppend, anEvent } from './appends.ts';
import type { OpenStore } from './fixture.ts';

const awkward: Record<string, Json> = {
  unicode: 'Müller – 日本語 – 🧑🏽‍🚀 – e\u0301 – \u00e9 – \u202e',
  controls: '\u0000\u0001\b\f\n\r\t\u001f\u007f\u2028\u2029',
  quoting: `"'\\{},NULL$1;--/* \\u0041 '`,
  loneSurrogate: '\ud83d',
  numbers: [0, -1, 0.1, 1e-7, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  empty: ['', [], {}, null, false],
  nested: { '': { ' a.b ': [[[{ __proto__x: 1 }]]] } },
};

/** Reading back. */
export function readingTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('read', () => {
    test('gives nothing from an empty store or an unknown stream', async () => {
      const { store } = await open();
      expect(await store.lastPosition()).toBe(0n);
      expect(await store.readAll(0n, 10)).toEqual([]);
      expect(await store.readStream('note-unknown')).toEqual([]);
    });

    test('gives the events of a stream after a version', async () => {
      const { store } = await open();
      await store.append(anAppend({ stream: 'note-other' }));
      await store.append(anAppend({ events: [anEvent(), anEvent(), anEvent()] }));
      expect((await store.readStream('note-1', 1)).map(({ version }) => version)).toEqual([2, 3]);
      expect(await store.readStream('note-1', 3)).toEqual([]);
      expect(await store.readStream('note-1', 99)).toEqual([]);
      expect(await store.readStream('note', 0)).toEqual([]);
    });

    test('gives the events of the store in pages', async () => {
      const { store } = await open();
      for (let index = 0; index < 5; index += 1) await store.append(anAppend({ stream: `note-${index}` }));
      expect((await store.readAll(0n, 2)).map(({ position }) => position)).toEqual([1n, 2n]);
      expect((await store.readAll(2n, 2)).map(({ position }) => position)).toEqual([3n, 4n]);
      expect((await store.readAll(4n, 2)).map(({ position }) => position)).toEqual([5n]);
      expect(await store.readAll(5n, 2)).toEqual([]);
      expect(await store.lastPosition()).toBe(5n);
    });

    test.each(Object.entries(awkward))('gives back what was stored: %s', async (_name, value) => {
      const { store } = await open();
      const data: JsonObject = { value };
      await store.append(anAppend({ stream: 'note-ü🧑🏽‍🚀"\\{', events: [anEvent(data)], result: value }));
      const [event] = await store.readStream('note-ü🧑🏽‍🚀"\\{');
      expect(event?.data).toEqual(data);
      expect(await store.readAll(0n, 1)).toEqual([event]);
    });

    test('gives back a text of 4 MiB', async () => {
      const { store } = await open();
      const text = 'päckage "quoted" \\ '.repeat(220_000);
      await store.append(anAppend({ events: [anEvent({ text })] }));
      const [event] = await store.readStream('note-1');
      expect(event?.data['text'] === text).toBe(true);
    });

    test('shows nobody what another did to the objects it got or gave', async () => {
      const { store } = await open();
      const data = { text: 'as stored', list: [1] };
      await store.append(anAppend({ events: [anEvent(data)] }));
      data.list.push(2);
      const [mine] = await store.readStream('note-1');
      try {
        Object.assign(mine?.data ?? {}, { text: 'changed' });
        Object.assign(mine?.metadata ?? {}, { actor: 'account:mallory' });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
      mine?.recordedAt.setTime(0);
      const [event] = await store.readAll(0n, 1);
      expect(event).toMatchObject({ data: { text: 'as stored', list: [1] }, metadata: { actor: 'account:admin' } });
      expect(event?.recordedAt.getTime()).not.toBe(0);
    });
  });
}
