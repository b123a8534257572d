export { createLogger, createSilentLogger, type LogDestination, type Logger, type LogLevel } from './logger.ts';
export { redactedPaths, redactLine } from './redaction.ts';
