export { definitions, readStandaloneSettings, type StandaloneSettings } from './definitions.ts';
export { runStandalone, type StandaloneOverrides, startStandalone } from './start-standalone.ts';
