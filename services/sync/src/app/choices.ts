import type { EventMetadata } from '@odst/event-store';
import { type ChoicesCommand, choicesStream, type TransferChoices, transferChoices } from '../domain/transfer-choices.ts';
import type { Streams } from './streams.ts';

/** What admins decided of the transfers, as far as this process knows. */
export interface Choices {
  readonly now: TransferChoices;
  /** Reads what was decided before this process started, where that is not known yet. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  ready(): Promise<void>;
  /** Runs a command. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  run(command: ChoicesCommand, metadata: EventMetadata): Promise<void>;
}

/** Builds them. @param onChanged is told after each change, be it of this process or not */
export function createChoices(
  streams: Pick<Streams, 'choices'>,
  onChanged: (before: TransferChoices, after: TransferChoices) => void,
): Choices {
  let now = transferChoices.initialState();
  let version = -1;
  const become = (state: TransferChoices, at: number): void => {
    if (at <= version) return;
    const before = now;
    [now, version] = [state, at];
    onChanged(before, state);
  };
  return {
    get now() {
      return now;
    },
    async ready() {
      if (version >= 0) return;
      const { state, version: at } = await streams.choices.load(choicesStream);
      become(state, at);
    },
    async run(command, metadata) {
      const outcome = await streams.choices.run({ stream: choicesStream, command: () => command, metadata });
      become(outcome.state, outcome.version);
    },
  };
}
