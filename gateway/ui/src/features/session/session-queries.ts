import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, isStatus, type Shape, signedOut } from '../../api/client.ts';

/** A browser without the cookie of a session has none: that is known without asking, and asking would be a request that fails. */
let mayHaveSession = document.querySelector<HTMLMetaElement>('meta[name="has-session"]')?.content !== 'no';

/** Who is signed in; null for nobody. One that has ended since stays the last that was known: somebody is asked to sign in again. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ client, queryKey }): Promise<Shape<'Login'> | null> => {
    if (!mayHaveSession) {
      mayHaveSession = true;
      return null;
    }
    try {
      return await api.get('/api/v1/session');
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      if (client.getQueryData<Shape<'Login'> | null>(queryKey) == null) return null;
      signedOut.tell();
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** What somebody may do, as the server's table of roles says: an act that is not allowed is not shown. */
export type Rights = {
  readonly username: string;
  readonly canUpload: boolean;
  readonly canPromote: boolean;
  /** Of everything, not only of some stages. */
  readonly isAdmin: boolean;
  readonly stages: readonly ('Dev' | 'Test' | 'Prod')[];
};

const ranks = ['viewer', 'uploader', 'promoter', 'admin'];

/** The rights of who is signed in; those of a viewer while that is not known. */
export function useRights(): Rights {
  const { data } = useQuery(sessionQuery);
  const rank = ranks.indexOf(data?.role ?? 'viewer');
  const stages = data?.stages ?? [];
  return {
    username: data?.username ?? '',
    canUpload: rank >= 1,
    canPromote: rank >= 2,
    isAdmin: rank >= 3 && stages.length === 3,
    stages,
  };
}

/** Whether the account that is signed in still has the documented password: only the list of accounts says so, to admins. */
export const defaultPasswordQuery = (username: string) =>
  queryOptions({
    queryKey: ['accounts', 'default-password', username],
    queryFn: async (): Promise<boolean> => {
      const { items } = await api.get('/api/v1/accounts');
      return items.some((account) => account.username === username && account.defaultPassword);
    },
  });
