export { registrationDefinition } from './definition.ts';
export { isPrivate } from './domain/network-address.ts';
