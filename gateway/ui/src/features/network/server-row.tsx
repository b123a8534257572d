import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import type { SiteCount } from '../../api/sites-query.ts';
import { durationText, rateText, sizeText } from '../../components/format.ts';
import { Countdown, Time } from '../../components/time.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
import { asHeard, lastHeardAt, type ServerState, stateOf } from './server-state.ts';

type Props = {
  readonly server: Shape<'Server'>;
  /** What only a registered server has. */
  readonly peer: Shape<'Peer'> | undefined;
  /** What it holds; undefined for one that is not to hold anything. */
  readonly site: SiteCount | undefined;
};

/** A server of the mesh: how it goes with it, and since when. */
export function ServerRow({ server, peer, site }: Props) {
  const heardAt = lastHeardAt({ peer, site });
  const isSelf = server.relation === 'self';
  return (
    <tr>
      <th scope="row">
        <Link to="/network/$iss" params={{ iss: server.iss }} title={server.url ?? undefined}>
          {server.name}
        </Link>
      </th>
      <td>{server.stage}</td>
      <td>
        <StateCell server={server} peer={peer} site={site} />
      </td>
      <td>{behindText(site && asHeard(site, peer))}</td>
      <td>{!isSelf && heardAt !== null ? <Time at={heardAt} /> : texts.none}</td>
      <td>{peer?.nextTryAt != null && peer.state === 'offline' ? <Countdown to={peer.nextTryAt} /> : texts.none}</td>
      <td>{peer !== undefined ? skewText(peer.clockOffsetMs) : texts.none}</td>
      <td>{peer !== undefined ? throughputText(peer) : texts.none}</td>
      <td>{relationText(server)}</td>
    </tr>
  );
}

/** The state, and of what is tried again why, and how often it was. */
export function StateCell({ server, peer, site }: Props) {
  const state = stateOf({ server, peer, site });
  const reason = peer?.state === 'offline' ? peer.lastError : null;
  return (
    <span className={styles['state']}>
      <SilencePill state={state} {...(peer?.lastError != null && { title: peer.lastError })} />
      {reason !== null && (
        <span className={styles['reason']} title={reason}>
          {reason}
        </span>
      )}
      {peer !== undefined && peer.state === 'offline' && peer.failedTries > 0 && (
        <span className={styles['tries']}>{texts.network.tries(peer.failedTries)}</span>
      )}
    </span>
  );
}

/** What it lacks; nothing is said of one that is silent, whatever it held before. */
function behindText(site: SiteCount | undefined): string {
  if (site?.isHeard !== true) return texts.none;
  return site.held === site.of
    ? texts.network.behindNothing
    : texts.network.behind(site.of - site.held, sizeText(site.lacksBytes));
}

/** How far a clock is off; what is within a second is right. */
export function skewText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1_000) return texts.network.inTime;
  const words = durationText(Math.abs(offsetMs) / 1_000);
  return offsetMs > 0 ? texts.network.ahead(words) : texts.network.late(words);
}

/** What comes from it now, and what is still to come. */
export function throughputText({ rateBytesPerSecond, backlogBytes }: Shape<'Peer'>): string {
  const rate = rateBytesPerSecond > 0 ? rateText(rateBytesPerSecond) : texts.none;
  return backlogBytes > 0 ? texts.network.toCome(rate, sizeText(backlogBytes)) : rate;
}

/** How it is known, and whether it can be reached. */
export function relationText({ relation, firewalledMode, blocked }: Shape<'Server'>): string {
  const words = blocked ? texts.network.relations.blocked : texts.network.relations[relation];
  return firewalledMode ? `${words}, ${texts.frame.firewalled}` : words;
}

type PillProps = { readonly state: ServerState; readonly title?: string };

/** The state of a site, and since when nothing was heard of it. */
export function SilencePill({ state: { tone, text, silentSince }, title }: PillProps) {
  return (
    <StatePill tone={tone} {...(title !== undefined && { title })}>
      {text}
      {silentSince !== undefined && (
        <>
          {' '}
          <Time at={silentSince} />
        </>
      )}
    </StatePill>
  );
}
