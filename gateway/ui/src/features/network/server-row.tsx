import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import { durationText, sizeText } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { stateOf } from './server-state.ts';

/** A server of the mesh; what only a registered one has is empty for others. */
export function ServerRow({ server, peer }: { readonly server: Shape<'Server'>; readonly peer: Shape<'Peer'> | undefined }) {
  const state = stateOf(server, peer);
  return (
    <tr>
      <th scope="row">
        <Link to="/network/$iss" params={{ iss: server.iss }}>
          {server.name}
        </Link>
      </th>
      <td>{server.stage}</td>
      <td>
        <StatePill tone={state.tone} {...(peer?.lastError != null && { title: peer.lastError })}>
          {state.text}
        </StatePill>
      </td>
      <td>{peer !== undefined && peer.backlogBytes > 0 ? sizeText(peer.backlogBytes) : texts.none}</td>
      <td>{peer?.lastAnswerAt != null ? <Time at={peer.lastAnswerAt} /> : texts.none}</td>
      <td>{peer?.nextTryAt != null && peer.state === 'offline' ? <Time at={peer.nextTryAt} /> : texts.none}</td>
      <td>{peer !== undefined ? skewText(peer.clockOffsetMs) : texts.none}</td>
      <td>{relationText(server)}</td>
    </tr>
  );
}

/** How far a clock is off; what is within a second is right. */
function skewText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1_000) return texts.network.inTime;
  const words = durationText(Math.abs(offsetMs) / 1_000);
  return offsetMs > 0 ? texts.network.ahead(words) : texts.network.late(words);
}

function relationText({ relation, firewalledMode }: Shape<'Server'>): string {
  const words = texts.network.relations[relation];
  return firewalledMode ? `${words}, ${texts.frame.firewalled}` : words;
}
