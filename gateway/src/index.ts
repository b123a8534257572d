export { gatewayDefinition } from './definition.ts';
