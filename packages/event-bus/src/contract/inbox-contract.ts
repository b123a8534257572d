import { describe, expect, onTestFinished, test } from 'vitest';
import type { Inbox } from '../inbox.ts';
import { aMessage } from './messages.ts';

/** An empty inbox of one test. */
export type InboxFixture<Transaction> = {
  readonly inbox: Inbox<Transaction>;
  /** Rows that the tests write in the inbox's transaction. */
  readonly notes: {
    write(transaction: Transaction, note: string): Promise<void>;
    /** The committed ones. */
    read(): Promise<readonly string[]>;
  };
  readonly dispose: () => Promise<void>;
};

const consumer = 'notes.copy';

/** Declares the tests that every adapter of the inbox passes. */
export function inboxContract<Transaction>(name: string, createInbox: () => Promise<InboxFixture<Transaction>>): void {
  const open = async (): Promise<InboxFixture<Transaction>> => {
    const fixture = await createInbox();
    onTestFinished(() => fixture.dispose());
    return fixture;
  };

  describe(`inbox: ${name}`, () => {
    test('lets a message take effect once, with its writes', async () => {
      const { inbox, notes } = await open();
      const write = (transaction: Transaction): Promise<void> => notes.write(transaction, 'written');
      expect(await inbox.isDone(consumer, aMessage(5n))).toBe(false);
      expect(await inbox.once(consumer, aMessage(5n), write)).toBe(true);
      expect(await inbox.once(consumer, aMessage(5n), write)).toBe(false);
      expect(await inbox.once(consumer, aMessage(4n), write)).toBe(false);
      expect(await notes.read()).toEqual(['written']);
      expect(await inbox.isDone(consumer, aMessage(5n))).toBe(true);
    });

    test('keeps nothing of an effect that throws, and lets it run again', async () => {
      const { inbox, notes } = await open();
      const failing = inbox.once(consumer, aMessage(1n), async (transaction) => {
        await notes.write(transaction, 'half');
        throw new Error('broke off');
      });
      await expect(failing).rejects.toThrow('broke off');
      expect(await notes.read()).toEqual([]);
      expect(await inbox.isDone(consumer, aMessage(1n))).toBe(false);
      expect(await inbox.once(consumer, aMessage(1n), (transaction) => notes.write(transaction, 'whole'))).toBe(true);
      expect(await notes.read()).toEqual(['whole']);
    });

    test('lets one of several at once take effect', async () => {
      const { inbox, notes } = await open();
      const runs = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          inbox.once(consumer, aMessage(1n), (transaction) => notes.write(transaction, `run ${index}`)),
        ),
      );
      expect(runs.filter(Boolean)).toHaveLength(1);
      expect(await notes.read()).toHaveLength(1);
    });

    test('keeps consumers, topics and keys apart', async () => {
      const { inbox } = await open();
      await inbox.markDone(consumer, aMessage(9n, 'a'));
      expect(await inbox.isDone('notes.other', aMessage(1n, 'a'))).toBe(false);
      expect(await inbox.isDone(consumer, aMessage(1n, 'b'))).toBe(false);
      expect(await inbox.isDone(consumer, aMessage(1n, 'a', 'odst.others.v1'))).toBe(false);
      expect(await inbox.isDone(consumer, aMessage(9n, 'a'))).toBe(true);
    });

    test('never goes back', async () => {
      const { inbox } = await open();
      await inbox.markDone(consumer, aMessage(9n));
      await inbox.markDone(consumer, aMessage(3n));
      expect(await inbox.isDone(consumer, aMessage(9n))).toBe(true);
      expect(await inbox.isDone(consumer, aMessage(10n))).toBe(false);
    });
  });
}
