import { OdstError, parseStage, type Stage, stages } from '@odst/kernel';

/** The roles in ascending order: each may do all that the ones before it may. */
export const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;

/** Role of an account. */
export type Role = (typeof roles)[number];

/** What an account may do: all that its role may, but only to packages of these stages where an action concerns a stage. */
export type Right = { readonly role: Role; readonly stages: readonly Stage[] };

/** The least role that each action of the HTTP API needs. What is not here, nobody may do. */
export const leastRoles = {
  // One's own login, sessions, password and tokens.
  'self:read': 'viewer',
  'self:change': 'viewer',
  'accounts:read': 'admin',
  'accounts:change': 'admin',
  'audit:read': 'admin',
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
  'transfers:read': 'viewer',
  'transfers:change': 'promoter',
  'system:read': 'viewer',
  'support:read': 'admin',
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

/**
 * Whether an action changes what is of all stages, or could lift the limit itself, as accounts, peers, settings and the Key could: that is
 * for rights without one. A new action is such a one unless it reads.
 */
const isUnlimited = (action: string): boolean =>
  !action.endsWith(':read') && action !== 'self:change' && !stagedActions.includes(action);

/** Whether a right is limited to some of the stages. */
const isLimited = ({ stages: own }: Right): boolean => own.length < stages.length;

/** Whether it may do all that an admin may, accounts included: a server has one such account at least. */
export function isFullAdmin(right: Right): boolean {
  return right.role === 'admin' && !isLimited(right);
}

/** The stages for which a right covers an action; none where it does not cover it, all where the action concerns no stage. */
export function stagesFor(right: Right, action: string): readonly Stage[] {
  if (!mayDo(right.role, action) || (isUnlimited(action) && isLimited(right))) return [];
  return stagedActions.includes(action) ? right.stages : stages;
}

/** What two rights both allow. */
export function narrowest(one: Right, other: Right): Right {
  const role = roles.indexOf(one.role) < roles.indexOf(other.role) ? one.role : other.role;
  return { role, stages: one.stages.filter((stage) => other.stages.includes(stage)) };
}

/** Whether a right covers all that another one does. */
export function covers(right: Right, other: Right): boolean {
  return roles.indexOf(right.role) >= roles.indexOf(other.role) && other.stages.every((stage) => right.stages.includes(stage));
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
