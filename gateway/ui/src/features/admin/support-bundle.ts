import { api } from '../../api/client.ts';

/** Saves a support bundle as a file. @throws ApiProblem, ApiUnreachable where the server does not give it */
export async function saveSupportBundle(): Promise<void> {
  const bundle = await api.get('/api/v1/system/support-bundle');
  const file = new Blob([JSON.stringify(bundle, null, 1)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `odst-support-${bundle.gatheredAt.slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
