export {
  type Answer,
  type ApiClient,
  type ApiClientOptions,
  createApiClient,
  type ListItem,
  type ListPath,
} from './api-client.ts';
export { ApiProblem, ApiUnreachable, type ProblemCode, type ProblemDocument } from './api-problem.ts';
export type { components, operations, paths } from './gen/api.ts';
export type { ApiRetry, Credential } from './send.ts';
