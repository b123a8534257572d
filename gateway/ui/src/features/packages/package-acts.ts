import type { QueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';

/** A stage of packages and servers. */
export type Stage = 'Dev' | 'Test' | 'Prod';

/** Stages from the lowest. */
export const stages: readonly Stage[] = ['Dev', 'Test', 'Prod'];

/** What somebody may do with a package. */
export type PackageAct =
  | { readonly kind: 'promote' | 'demote'; readonly from: Stage; readonly to: Stage; readonly sha256: string }
  | { readonly kind: 'rollback'; readonly stage: Stage }
  | { readonly kind: 'restore'; readonly stage?: Stage; readonly sha256?: string }
  | { readonly kind: 'delete'; readonly stage?: Stage }
  | { readonly kind: 'confirm' };

/** What it would do; nothing was changed. */
export type Effects = Shape<'ActEffects'>;

type Target = Pick<Shape<'Package'>, 'id' | 'version'>;

/** Asks anew for all that an act may have changed; what it was to change is not asked again. */
export const refresh = (queries: QueryClient): Promise<void> =>
  queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'rehearsal' });

/** Tells what an act would do to a package as it was seen. @throws ApiProblem when it would be refused */
export async function rehearse(target: Target, act: PackageAct): Promise<Effects> {
  return (await send(target, act, '', 'true')) as Effects;
}

/** Does it, to the package as it was seen. @throws ApiProblem when it was changed meanwhile, or is not allowed */
export async function perform(target: Target, act: PackageAct, reason: string): Promise<void> {
  await send(target, act, reason, 'false');
}

function send({ id, version }: Target, act: PackageAct, reason: string, dryRun: 'true' | 'false'): Promise<unknown> {
  const seen = { path: { id }, header: { 'if-match': `"${version}"` } };
  const params = { ...seen, query: { dryRun } };
  const why = reason === '' ? {} : { reason };
  switch (act.kind) {
    case 'promote':
    case 'demote': {
      const { kind, from, to, sha256 } = act;
      return api.post(`/api/v1/packages/{id}/${kind}`, { params, body: { from, to, sha256, ...why } });
    }
    case 'rollback':
      return api.post('/api/v1/packages/{id}/rollback', { params, body: { stage: act.stage, ...why } });
    case 'restore': {
      const { kind: _kind, ...chosen } = act;
      return api.post('/api/v1/packages/{id}/restore', { params, body: { ...chosen, ...why } });
    }
    case 'delete': {
      const stage = act.stage === undefined ? {} : { stage: act.stage };
      return api.delete('/api/v1/packages/{id}', { params: { ...seen, query: { ...stage, ...why, dryRun } } });
    }
    case 'confirm':
      return api.post('/api/v1/packages/{id}/confirm', { params });
  }
}

/** Most that one act can be done with at once. */
export const mostSelected = 500;

/** What somebody may do with many packages at once. */
export type BulkAct = { readonly act: 'promote'; readonly to: 'Test' | 'Prod' } | { readonly act: 'delete' };

/** What became of one of many. */
export type BulkResult = Shape<'BulkResult'>;

/** Tells what an act would do to each of many packages. @throws ApiProblem when the request as a whole is refused */
export async function rehearseAll(ids: readonly number[], act: BulkAct): Promise<readonly BulkResult[]> {
  const { items } = await api.post('/api/v1/packages/bulk', {
    params: { query: { dryRun: 'true' } },
    body: { ...act, ids: [...ids] },
  });
  return items;
}

/** Does it to each by itself: what is refused for one holds up no other. @throws ApiProblem when the request as a whole is refused */
export async function performAll(ids: readonly number[], act: BulkAct, reason: string): Promise<readonly BulkResult[]> {
  const body = { ...act, ids: [...ids], ...(reason !== '' && { reason }) };
  return (await api.post('/api/v1/packages/bulk', { body })).items;
}
