export { eventually } from './eventually.ts';
export { freePort, isFreePort } from './free-port.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { type Network, openNetwork } from './network.ts';
export { commandExists, requirement } from './requirement.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
