export { codesOf, type Operation, type Right, routeOf } from './operation.ts';
export * from './operations/admin.ts';
export * from './operations/bytes.ts';
export * from './operations/events.ts';
export * from './operations/federation.ts';
export * from './operations/open.ts';
export * from './operations/peers.ts';
export * from './operations/v1.ts';
export { operations } from './operations.ts';
