import { type LetterServiceName, letterServices } from '../../clients.ts';

/** Names a dead letter: its service, and its number there. */
export type LetterId = { readonly service: LetterServiceName; readonly id: bigint };

/** The id as the API shows it: `catalog-7`. */
export function idOf({ service, id }: LetterId): string {
  return `${service}-${id}`;
}

/** Reads {@link idOf} back; undefined for any other text. */
export function readId(text: string): LetterId | undefined {
  const [, name, number] = /^([a-z]+)-([1-9]\d{0,14})$/.exec(text) ?? [];
  const service = letterServices.find((one) => one === name);
  return service === undefined || number === undefined ? undefined : { service, id: BigInt(number) };
}
