export * from './gen/odst/common/v1/events.ts';
