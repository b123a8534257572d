export { type StandaloneOverrides, startStandalone } from './start-standalone.ts';
