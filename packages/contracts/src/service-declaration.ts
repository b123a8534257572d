import type { EventSchemas } from './event-codec.ts';

/** What everybody may know of a service without its code: the part of its definition that other services, the gateway and tools use. */
export type ServiceDeclaration = {
  /** Lower case: of its schema, its topic `odst.<name>.v1`, its database role and its setting `<NAME>_ADDRESS`. */
  readonly name: string;
  /** Every event that it publishes, by name; missing where it publishes none. */
  readonly events?: EventSchemas;
  /** The gRPC services that it serves, each with who may call what; missing where it serves none. */
  readonly calls?: readonly Calls[];
  /** Names of its own settings, which its definition declares; missing where it has none. */
  readonly settings?: readonly string[];
};

/** Who may call each method of a gRPC service. */
export type Calls = {
  /** Callers by path of the method, as `/odst.catalog.v1.RecordsService/OfferRecord`. */
  readonly callers: Readonly<Record<string, Callers>>;
  /** Paths of the methods that are not called again by themselves when the service is away. */
  readonly calledOnce: readonly string[];
};

/** Names of services, or all of them, those of tomorrow included. */
export type Callers = readonly string[] | 'every service';

/** A gRPC service as it is generated, as far as it is looked at here. */
type Shape = Readonly<Record<string, { readonly path: string }>>;

/** What differs between the methods of a gRPC service. */
type Exceptions<Methods extends Shape> = {
  /** Who may call these methods, in place of the others' callers. */
  readonly callers?: { readonly [Method in keyof Methods & string]?: Callers };
  /**
   * Methods that are not called again by themselves when the service is away, as who called decides when it goes on. All others
   * are: a command has an id, so a repetition does no harm. Default none.
   */
  readonly calledOnce?: readonly (keyof Methods & string)[];
};

/** Says who may call a gRPC service. What no service declares is denied. @param callers of all methods but the exceptions */
export function allowCalls<Methods extends Shape>(
  methods: Methods,
  callers: Callers,
  exceptions: Exceptions<Methods> = {},
): Calls {
  const entries = Object.entries(methods).map(([name, { path }]) => [path, exceptions.callers?.[name] ?? callers] as const);
  const once = exceptions.calledOnce ?? [];
  return { callers: Object.fromEntries(entries), calledOnce: once.flatMap((name) => methods[name]?.path ?? []) };
}
