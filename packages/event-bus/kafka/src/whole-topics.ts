import { createHash } from 'node:crypto';
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const name = 'odst-whole-topics';
const version = 1;

/**
 * Which member of a group gets a topic: the one with the highest hash, so that a topic moves only when its member leaves, or
 * when the one that joins wins it.
 */
export function memberFor(topic: string, memberIds: readonly string[]): string | undefined {
  const weight = (member: string): string => createHash('sha256').update(`${topic}\n${member}`).digest('hex');
  return memberIds.toSorted((a, b) => (weight(a) < weight(b) ? 1 : -1))[0];
}

/**
 * Gives all partitions of a topic to one member: the messages of a topic come in order of position, which only somebody can
 * see to who gets them all. Topics are spread over the members.
 */
export const wholeTopics: PartitionAssigner = ({ cluster }) => ({
  name,
  version,
  async assign({ members, topics }) {
    const subscribed = new Map(
      members.map(({ memberId, memberMetadata }) => [memberId, MemberMetadata.decode(memberMetadata)?.topics ?? []]),
    );
    const assigned = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]));
    for (const topic of topics) {
      const takers = [...subscribed].filter(([, wanted]) => wanted.includes(topic)).map(([memberId]) => memberId);
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const share = assigned.get(memberFor(topic, takers) ?? '');
      if (share !== undefined) share[topic] = partitions;
    }
    return [...assigned].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol: ({ topics }) => ({
    name,
    metadata: MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
  }),
});
