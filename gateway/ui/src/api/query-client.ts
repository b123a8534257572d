import { ApiUnreachable } from '@odst/api-client';
import { QueryClient } from '@tanstack/react-query';

/** What did not reach the server is tried again; what it refused it would refuse again, and the client repeats what is merely early. */
const isTriedAgain = (failures: number, error: unknown) => failures < 3 && error instanceof ApiUnreachable;

/** What the pages know of the server. Its stream tells what changed, so nothing is asked for again by the clock. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // A server at hand is reached without a network too, which the browser cannot know.
      queries: { networkMode: 'always', retry: isTriedAgain, staleTime: 30_000, refetchOnWindowFocus: false, gcTime: 300_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
