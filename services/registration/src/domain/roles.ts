import { OdstError, parseStage, type Stage, stages } from '@odst/kernel';

/** The roles in ascending order: each may do all that the ones before it may. */
export const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;

/** Role of an account. */
export type Role = (typeof roles)[number];

/** What an account may do: all that its role may, but only to packages of these stages where an action concerns a stage. */
export type Right = { readonly role: Role; readonly stages: readonly Stage[] };

/** The least role that each action of the HTTP API needs. What is not here, nobody may do. */
export const leastRoles = {
  'about:read': 'viewer',
  'about:read-key': 'admin',
  'about:update': 'admin',
  'about:rotate-key': 'admin',
  'packages:read': 'viewer',
  'packages:upload': 'uploader',
  'packages:change': 'promoter',
  'peers:read': 'viewer',
  'peers:register': 'admin',
  'peers:update': 'admin',
  'peers:unregister': 'admin',
  'servers:block': 'admin',
  'servers:retire': 'admin',
  'system:read': 'viewer',
  'events:read': 'viewer',
  'projections:read': 'viewer',
  'projections:rebuild': 'admin',
  'dead-letters:read': 'admin',
  'dead-letters:settle': 'admin',
  'metrics:read': 'viewer',
} as const satisfies Readonly<Record<string, Role>>;

/** Whether a role may do an action; nobody may do an unknown one. */
export function mayDo(role: Role, action: string): boolean {
  const table: Readonly<Record<string, Role>> = leastRoles;
  const least = Object.hasOwn(table, action) ? table[action] : undefined;
  return least !== undefined && roles.indexOf(role) >= roles.indexOf(least);
}

/** The actions that concern stages. The others are allowed or not, whatever the stages of the right. */
const stagedActions: readonly string[] = ['packages:upload', 'packages:change'] satisfies (keyof typeof leastRoles)[];

/** The stages for which a right covers an action; none where it does not cover it, all where the action concerns no stage. */
export function stagesFor(right: Right, action: string): readonly Stage[] {
  if (!mayDo(right.role, action)) return [];
  return stagedActions.includes(action) ? right.stages : stages;
}

/** Narrows stored stages and puts them in ascending order, each once. @throws OdstError CATALOG_STAGE_UNKNOWN */
export function checkStages(values: readonly string[]): readonly Stage[] {
  const known = values.map(parseStage);
  return stages.filter((stage) => known.includes(stage));
}

/** Narrows a stored role. @throws OdstError COMMON_REQUEST_INVALID */
export function checkRole(value: string): Role {
  const role = roles.find((candidate) => candidate === value);
  if (role === undefined) throw new OdstError('COMMON_REQUEST_INVALID', `the role ${value} is not one of ${roles.join(', ')}`);
  return role;
}
