/** Who something is done for, and what led to it. It goes with every call between services and ends in the metadata of events. */
export type Caller = {
  /** `account:admin`, `token:<owner>/<name>`, `peer:<iss>`, `service:<name>` or `machine`. Published. */
  readonly actor: string;
  /** Socket address of the user or peer, empty for the server's own doing. Never published. */
  readonly remoteAddress: string;
  /** Same for all that one request led to. */
  readonly correlationId: string;
  /** Id of the event that a reaction answered, empty for a request of a user. */
  readonly causationId: string;
  /** W3C trace context, empty where there is none. */
  readonly traceparent: string;
  /**
   * UUID of a request that may be a repetition: a call with the same content under it is the same command, which takes place once.
   * Default: each call is a command of its own
   */
  readonly requestId?: string | undefined;
};

/** A service that acts of its own accord: nobody asked, and no event is answered. @param service as `storage` */
export function serviceCaller(service: string, correlationId: string): Caller {
  return { actor: `service:${service}`, remoteAddress: '', correlationId, causationId: '', traceparent: '' };
}
