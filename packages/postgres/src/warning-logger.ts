/** Where the store tells of faults that it gets over by itself. A logger of `@odst/telemetry` is one. */
export interface WarningLogger {
  warn(facts: object, message: string): void;
}
