import type { PoolClient } from 'pg';

type Query = (...args: unknown[]) => unknown;

/**
 * Ends a connection, and tells of it, when a statement on it stays unanswered for the connection's `query_timeout`. The
 * driver only stops waiting: what is sent afterwards, the ROLLBACK of a transaction first, would queue behind the statement and
 * wait as long again, and a late answer would be taken for that of another. Ended, the connection refuses all at once, and a
 * pool does not take it back.
 */
export function onSilence(client: PoolClient, tell: () => void): void {
  const query = client.query.bind(client) as Query;
  const look = (error: unknown): void => {
    if (!(error instanceof Error) || error.message !== 'Query read timeout') return;
    void client.end();
    tell();
  };
  const watched: Query = (...args) => {
    const callback = args.at(-1);
    if (typeof callback !== 'function') {
      const answer = query(...args);
      if (answer instanceof Promise) answer.catch(look);
      return answer;
    }
    return query(...args.slice(0, -1), (error: unknown, result: unknown) => {
      look(error);
      callback(error, result);
    });
  };
  Object.assign(client, { query: watched });
}
