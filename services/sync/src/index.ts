export { syncDefinition } from './definition.ts';
