/** What a log line tells of an error. */
export type ErrorFields = {
  /** Name of the class. */
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  /** The facts that an error of this product carries. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  readonly cause?: unknown;
  /** What an AggregateError or a SuppressedError holds. */
  readonly errors?: readonly unknown[];
};

/** Causes of causes that are worth a reader's time. */
const maxDepth = 5;

/**
 * The fields of an error that belong in a log, and no others: drivers hang whole clients, with their passwords and
 * buffers, on the errors that they throw. What was thrown and is no error is told as text.
 */
export function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? String(error) : error;
  const { code, details } = error as { readonly code?: unknown; readonly details?: unknown };
  const isOwn = error.name === 'OdstError' && typeof details === 'object' && details !== null;
  // What the product knows how to tell is no defect: its place in the code is of no interest.
  const isExpected = isOwn && code !== 'COMMON_INTERNAL';
  const inner = depth < maxDepth ? held(error) : [];
  const fields: ErrorFields = {
    type: error.constructor.name || error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(isOwn && Object.keys(details).length > 0 ? { details: details as Record<string, unknown> } : {}),
    ...(error.stack === undefined || isExpected ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= maxDepth ? {} : { cause: errorFields(error.cause, depth + 1) }),
    ...(inner.length === 0 ? {} : { errors: inner.map((one) => errorFields(one, depth + 1)) }),
  };
  return fields;
}

function held(error: Error): readonly unknown[] {
  if (error instanceof AggregateError) return error.errors;
  if (error instanceof SuppressedError) return [error.error, error.suppressed];
  return [];
}
