import type { ServiceDeclaration } from '../service-declaration.ts';

/** The gateway as others know it: users and peers come in here. It calls the others, is called by none, and has no events. */
export const gatewayDeclaration = { name: 'gateway', settings: ['SECRET_KEY'] } as const satisfies ServiceDeclaration;
