import { ApiProblem } from '@odst/api-client';
import { api } from '../../api/client.ts';

const most = { query: { limit: 1_000 } } as const;

/** What whoever helps wants to see. None of it holds a secret: keys and passwords are in no answer of these. */
const parts = {
  system: () => api.get('/api/v1/system'),
  history: () => api.get('/api/v1/system/history', { params: { query: { hours: 24 } } }),
  settings: () => api.get('/api/v1/settings'),
  servers: () => api.get('/api/v1/servers', { params: most }),
  peers: () => api.get('/api/v1/peers', { params: most }),
  transfers: () => api.get('/api/v1/transfers', { params: most }),
  conflicts: () => api.get('/api/v1/conflicts', { params: most }),
  deadLetters: () => api.get('/api/v1/dead-letters', { params: most }),
  readModels: () => api.get('/api/v1/projections'),
  coverage: () => api.get('/api/v1/coverage', { params: { query: { sort: 'worst', limit: 100 } } }),
  activity: () => api.get('/api/v1/activity', { params: { query: { limit: 500 } } }),
} as const;

/** Gathers all of it. A part that the server refuses is there with the refusal: that is what somebody wants to see then. */
async function gather(): Promise<object> {
  const told = Object.entries(parts).map(async ([name, ask]) => {
    try {
      return [name, await ask()] as const;
    } catch (error) {
      if (error instanceof ApiProblem) return [name, { refused: error.document }] as const;
      throw error;
    }
  });
  return { gatheredAt: new Date().toISOString(), ...Object.fromEntries(await Promise.all(told)) };
}

/** Saves a support bundle as a file. @throws ApiUnreachable where the server does not answer */
export async function saveSupportBundle(): Promise<void> {
  const file = new Blob([JSON.stringify(await gather(), null, 1)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `odst-support-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
