import { OdstError } from '@odst/kernel';

/** The roles in ascending order: each may do all that the ones before it may. */
export const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;

/** Role of an account. */
export type Role = (typeof roles)[number];

/** The least role that each action of the HTTP API needs. What is not here, nobody may do. */
export const leastRoles = {
  'about:read': 'viewer',
  'about:read-key': 'admin',
  'about:update': 'admin',
  'packages:read': 'viewer',
  'packages:upload': 'uploader',
  'packages:change-stage': 'promoter',
  'peers:read': 'viewer',
  'peers:register': 'admin',
  'peers:unregister': 'admin',
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

/** Narrows a stored role. @throws OdstError COMMON_REQUEST_INVALID */
export function checkRole(value: string): Role {
  const role = roles.find((candidate) => candidate === value);
  if (role === undefined) throw new OdstError('COMMON_REQUEST_INVALID', `the role ${value} is not one of ${roles.join(', ')}`);
  return role;
}
