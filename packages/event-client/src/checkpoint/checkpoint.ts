/** Where a consumer keeps how far it is. */
export interface Checkpoint {
  /** The position saved last; undefined when there is none. */
  load(): Promise<string | undefined>;
  /** Keeps a position in place of the one before; resolves when it is durable. One call at a time. */
  save(position: string): Promise<void>;
}
