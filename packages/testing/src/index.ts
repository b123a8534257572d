export { copyOut, copyOutOn } from './copy-out.ts';
export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { commandExists, requirement } from './requirement.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
