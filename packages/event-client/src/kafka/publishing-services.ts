// Generated from packages/contracts/src/services.ts by tools/generate-docs.ts.

/** Every service that publishes events. */
export const publishingServices = ['registration', 'catalog', 'storage', 'sync'] as const;
