export { registrationDefinition } from './definition.ts';
