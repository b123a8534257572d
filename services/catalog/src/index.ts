export { catalogDefinition } from './definition.ts';
