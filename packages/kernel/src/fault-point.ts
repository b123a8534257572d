/**
 * A named place between two steps that must survive a crash between them. Code that makes something durable awaits one
 * after each step, under the name `<service>.<step>`. In production it does nothing; tests end the process there, or throw.
 */
export type FaultPoint = (name: string) => Promise<void>;

/** The fault point of production: nothing happens. */
export const noFault: FaultPoint = () => Promise.resolve();
