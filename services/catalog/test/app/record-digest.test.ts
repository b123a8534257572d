import { createHash } from 'node:crypto';
import { changesOfRecord } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { recordDigest } from '../../src/app/record-digest.ts';
import { canonicalText } from '../../src/domain/change.ts';
import { issOf } from '../support/records.ts';
import { createTestServer } from '../support/test-server.ts';

/** The changes of two servers that uploaded the same. */
async function twoChanges() {
  const servers = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
  return Promise.all(
    servers.map(async (server) => {
      await server.upload(1, '1', 'Prod');
      const record = await server.record();
      const [change] = record === undefined ? [] : changesOfRecord(record);
      if (change === undefined) throw new Error('no change');
      return change;
    }),
  );
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();

test('is SHA-256 over those of the canonical texts, ascending, whatever the order and the signatures', async () => {
  const changes = await twoChanges();
  const texts = changes.map((change) => sha256(canonicalText(change))).toSorted(Buffer.compare);
  const digest = recordDigest(changes);
  expect(digest).toBe(sha256(Buffer.concat(texts)).toString('hex'));
  expect(recordDigest(changes.toReversed())).toBe(digest);
  expect(recordDigest(changes.map((change) => ({ ...change, signature: new Uint8Array(64) })))).toBe(digest);
  expect(recordDigest(changes.slice(1))).not.toBe(digest);
  expect(recordDigest(changes.map((change) => ({ ...change, reason: 'another' })))).not.toBe(digest);
});

test('is over the changes that may leave alone; there is none where no change may', async () => {
  const [first, second] = await twoChanges();
  if (first === undefined || second === undefined) throw new Error('no changes');
  const unsealed = {
    ...second,
    sets: second.sets.map((setting) => ({ ...setting, content: setting.content && { ...setting.content, manifestDigest: '' } })),
  };
  expect(recordDigest([first, unsealed])).toBe(recordDigest([first]));
  expect(recordDigest([unsealed])).toBeUndefined();
  expect(recordDigest([])).toBeUndefined();
});
