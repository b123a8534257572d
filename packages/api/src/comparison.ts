import { Type } from 'typebox';
import { Count, Time } from './shapes.ts';

/** What a comparison of packages with a peer found and did. */
export const Comparison = Type.Object(
  {
    comparedAt: Time,
    outcome: Type.Enum(['equal', 'repaired', 'different', 'unsupported', 'failed'], {
      description:
        '`equal`: nothing differed; `repaired`: something did, and now nothing does; `different`: something differs still; `unsupported`: the peer cannot be asked; `failed`: it is tried again within the hour',
    }),
    packages: Count('Packages of the peer, deleted ones too'),
    differed: Count('Those of which one server lacked something when both had read all that the other one had to tell'),
    repaired: Count('Those of which this server lacked something that it has now'),
    heldBack: Count('Those of which it does not take something in, for now or for good'),
    lacking: Count('Those of which the peer lacks something; it is told to compare, and takes it in by itself'),
    unexplained: Count('Those that differ for no reason that this server sees'),
    examples: Type.Array(
      Type.Object(
        {
          filename: Type.String(),
          outcome: Type.Enum(['repaired', 'heldBack', 'lacking', 'unexplained']),
          reason: Type.String({ description: 'In words' }),
        },
        { title: 'PackageDifference' },
      ),
      { maxItems: 10, description: 'Some of those that differed; those that differ still come first' },
    ),
    reason: Type.String({ description: 'Why there is no comparison; else empty' }),
  },
  { title: 'PeerComparison' },
);
