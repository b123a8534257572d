import { type FeedContent, type FeedEntry, type FeedStore, subjectOf } from '../app/ports.ts';
import { type Epoch, epochsFrom } from '../domain/cursor.ts';
import { latestHeard, newestOf, type Statement, statementBytes, subjectOfStatement } from '../domain/holdings.ts';

/** Builds a feed that lives as long as the process: the fake of tests and of the simulation. */
export function createMemoryFeedStore(newFeedId: () => string): FeedStore {
  const feedId = newFeedId();
  let epochs: readonly Epoch[] = [];
  const entries = new Map<string, FeedEntry & { readonly sourcePosition: bigint }>();
  let position = 0n;
  const append = (content: FeedContent, sourcePosition: bigint): void => {
    const subject = `${content.kind} ${subjectOf(content)}`;
    position += 1n;
    entries.delete(subject);
    entries.set(subject, { position, content, sourcePosition });
  };
  const statements = () => {
    return [...entries.values()].flatMap(({ content }) =>
      content.kind === 'holdings' || content.kind === 'writer' || content.kind === 'heartbeat' ? [content] : [],
    );
  };
  return {
    head: async () => ({ feedId, position, epochs }),
    async begin(id) {
      epochs = epochsFrom({ feedId, position, epochs }, id);
    },
    async put(content, sourcePosition) {
      const subject = `${content.kind} ${subjectOf(content)}`;
      if ((entries.get(subject)?.sourcePosition ?? -1n) >= sourcePosition) return false;
      append(content, sourcePosition);
      return true;
    },
    async read(after, limit) {
      const later = [...entries.values()].filter((entry) => entry.position > after);
      return later.slice(0, limit).map((entry) => ({ position: entry.position, content: entry.content }));
    },
    lacking: async (uuids) => uuids.filter((uuid) => !entries.has(`package ${uuid}`)),
    async countAfter(after) {
      return [...entries.values()].filter((entry) => entry.position > after).length;
    },
    async profilesOf(isses) {
      const known = [...entries.values()].flatMap(({ content }) => (content.kind === 'profile' ? [content.profile] : []));
      return known.filter(({ iss }) => isses.includes(iss)).toSorted((one, other) => (one.iss < other.iss ? -1 : 1));
    },
    async putStatements(told) {
      const news = newestOf(told, new Map(statements().map((known) => [subjectOfStatement(known), known])));
      for (const one of news) {
        const before = statements().find((known) => subjectOfStatement(known) === subjectOfStatement(one));
        const heardAt = before === undefined ? one.heardAt : latestHeard(before.heardAt, one.heardAt);
        append({ ...one, heardAt }, one.statement.stamp);
      }
      return news;
    },
    async replaceOwn(own, before) {
      const known = statements().find((one) => subjectOfStatement(one) === subjectOfStatement(own));
      if (known?.statement.stamp !== before) return false;
      append(own, own.statement.stamp);
      return true;
    },
    async stampsOf(subjects) {
      const known = statements().filter((one) => subjects.includes(subjectOfStatement(one)));
      return new Map(known.map((one) => [subjectOfStatement(one), one.statement.stamp]));
    },
    async holdings({ iss, shards }) {
      const known = statements().flatMap((one) => (one.kind === 'holdings' ? [one.statement] : []));
      return known.filter((one) => (iss === undefined || one.iss === iss) && (shards?.includes(one.shard) ?? true));
    },
    async holdingsVersions(shards) {
      const known = statements().flatMap((one) => (one.kind === 'holdings' && shards.includes(one.statement.shard) ? [one] : []));
      return new Map([...Map.groupBy(known, ({ statement }) => statement.shard)].map(([shard, all]) => [shard, versionOf(all)]));
    },
    async writers(isses) {
      return [...entries.values()].flatMap(({ position: at, content }) => {
        return content.kind === 'writer' && isses.includes(content.statement.iss)
          ? [{ position: at, statement: content.statement }]
          : [];
      });
    },
    async heard() {
      return statements().flatMap(({ kind, statement: { iss, stamp }, heardAt }) => {
        return kind === 'heartbeat' ? [{ iss, stamp, heardAt }] : [];
      });
    },
  };
}

const versionOf = (statements: readonly Statement[]) =>
  statements
    .map((one) => Buffer.from(statementBytes(one)).toString('base64'))
    .sort()
    .join();
