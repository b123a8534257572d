import type { components } from './gen/api.ts';

/** A problem document (RFC 9457) of the server. */
export type ProblemDocument = components['schemas']['Problem'];

type Refusals = components['responses'][keyof components['responses']]['content']['application/problem+json'];

/** Every code that this version of the API refuses with, as `CATALOG_FILENAME_TAKEN`. */
export type ProblemCode = NonNullable<Refusals['code']>;

/** The server refused, or failed. Its message is the `detail` for a person. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status. */
  readonly status: number;
  /** Stable: test for this one. A newer server may have others; undefined where something in between answered. */
  readonly code: ProblemCode | (string & {}) | undefined;
  /** What happened this time. */
  readonly detail: string;
  /** Finds the request in the server's log; undefined where something in between answered. */
  readonly traceid: string | undefined;
  /** Parts of the request that are wrong. */
  readonly errors: NonNullable<ProblemDocument['errors']>;
  /** Seconds that the server asks to wait before the next try; undefined where it does not. */
  readonly retryAfterSeconds: number | undefined;
  /** The document as it came; what is known of it where it was none. */
  readonly document: Partial<ProblemDocument> & { readonly status: number };

  constructor(status: number, document: Partial<ProblemDocument>, retryAfterSeconds?: number) {
    const detail = document.detail ?? document.title ?? `the server answered with status ${status}`;
    super(detail);
    this.status = status;
    this.code = document.code;
    this.detail = detail;
    this.traceid = document.traceid;
    this.errors = document.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
    this.document = { ...document, detail, status };
  }
}

/** No whole answer came: the server is away, not trusted, or too slow. What was asked for may have been done. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
  /** Code of the platform, as `ECONNREFUSED`; `TIMEOUT`; undefined where there is none. */
  readonly code: string | undefined;

  /** @param cause what was thrown */
  constructor(message: string, code: string | undefined, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What an answer that is no success says. Reads it to its end. */
export async function problemOf(answer: Response): Promise<ApiProblem> {
  const seconds = retryAfterSeconds(answer.headers.get('retry-after'));
  const text = await answer.text();
  const location = answer.headers.get('location');
  if (answer.status >= 300 && answer.status < 400 && location !== null) {
    return new ApiProblem(answer.status, { detail: `the server sends elsewhere, to ${location}: name that URL instead` });
  }
  const type = answer.headers.get('content-type') ?? '';
  // As `/readyz` answers, with a line for each part that is not ready.
  if (type.startsWith('text/plain') && text !== '') {
    return new ApiProblem(
      answer.status,
      { detail: `the server answered with status ${answer.status}: ${text.trim().slice(0, 1_000)}` },
      seconds,
    );
  }
  if (!/json/.test(type)) return new ApiProblem(answer.status, {}, seconds);
  try {
    const document: unknown = JSON.parse(text);
    return new ApiProblem(answer.status, typeof document === 'object' && document !== null ? document : {}, seconds);
  } catch {
    // A problem document that is none tells its status all the same.
    return new ApiProblem(answer.status, {}, seconds);
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
