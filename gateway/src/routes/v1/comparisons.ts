import type { PeerComparison } from '@odst/contracts/sync';
import { oneOf, timeOf } from '../../wire.ts';

/** A comparison with a peer, as routes tell it. */
export function comparisonOf({ comparedAt, outcome, examples, ...counts }: PeerComparison) {
  return {
    ...counts,
    comparedAt: timeOf(comparedAt),
    outcome: oneOf(['equal', 'repaired', 'different', 'unsupported', 'failed'], outcome),
    examples: examples.map(({ outcome: became, ...example }) => {
      return { ...example, outcome: oneOf(['repaired', 'heldBack', 'lacking', 'unexplained'], became) };
    }),
  };
}

/** What an admin should look at: what differs for no reason that is shown elsewhere. */
export function comparisonWarnings(comparison: PeerComparison | undefined): readonly string[] {
  const { unexplained = 0, examples = [] } = comparison ?? {};
  const example = examples.find(({ outcome }) => outcome === 'unexplained');
  if (unexplained === 0 || example === undefined) return [];
  const differ = unexplained === 1 ? '1 package differs' : `${unexplained} packages differ`;
  const advice = 'Nothing is lost here. Make sure that the peer runs a current version, and look into its log';
  return [`${differ} still from what the peer has: ${example.filename}, because ${example.reason}. ${advice}`];
}
