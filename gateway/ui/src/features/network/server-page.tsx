import { Button, Group } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { peersQuery } from '../../api/peers-query.ts';
import { type SiteCount, sitesQuery } from '../../api/sites-query.ts';
import { Card, Cards, Facts, Mono } from '../../components/card.tsx';
import { CopyText } from '../../components/copy-text.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Countdown, Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './network.module.css';
import { serversQuery } from './network-queries.ts';
import { type PartingAct, PartingDialog } from './parting-dialog.tsx';
import { backlogText, HeldChanges, LacksList } from './server-lists.tsx';
import { relationText, StateCell, skewText, throughputText } from './server-row.tsx';
import { asHeard, lastHeardAt } from './server-state.ts';
import { TrustCard } from './trust-card.tsx';

/** One server: how it goes with it, what it lacks, what is taken from it, and how to part from it. */
export function ServerPage() {
  const { iss } = useParams({ from: '/network/$iss' });
  const servers = useQuery(serversQuery);
  const peers = useQuery(peersQuery);
  const sites = useQuery(sitesQuery);
  const { isAdmin } = useRights();
  const server = servers.data?.find((one) => one.iss === iss);
  const peer = peers.data?.find((one) => one.iss === iss);
  const told = sites.data?.find((one) => one.iss === iss);
  const site = told && asHeard(told, peer);
  const fault = <NotTold queries={[servers, peers, sites]} />;
  if (servers.data === undefined || peers.data === undefined) return fault;
  if (server === undefined) return <PageHead title={texts.network.unknown} />;
  return (
    <>
      <PageHead title={server.name} count={<StateCell server={server} peer={peer} site={site} />}>
        <Button component={Link} to="/network" variant="subtle" leftSection={<IconArrowLeft size={16} />}>
          {texts.network.title}
        </Button>
      </PageHead>
      {fault}
      <Cards>
        <AboutCard server={server} peer={peer} site={site} />
        {peer !== undefined && <TrustCard peer={peer} mayChange={isAdmin} />}
      </Cards>
      {site !== undefined && <LacksList site={site} />}
      {peer !== undefined && <HeldChanges peer={peer} />}
      {isAdmin && server.relation !== 'self' && <Partings server={server} peer={peer} />}
    </>
  );
}

type Known = {
  readonly server: Shape<'Server'>;
  readonly peer: Shape<'Peer'> | undefined;
  readonly site: SiteCount | undefined;
};

function AboutCard({ server, peer, site }: Known) {
  const heardAt = lastHeardAt({ peer, site });
  const facts: readonly (readonly [string, ReactNode])[] = [
    [texts.network.url, <Copied key="url" value={server.url ?? texts.none} what={texts.network.url} />],
    [texts.network.iss, <Copied key="iss" value={server.iss} what={texts.network.iss} />],
    [texts.network.facts.stage, server.stage],
    [texts.network.facts.known, relationText(server)],
    ...(server.since === null ? [] : [[texts.network.facts.since, <Time key="since" at={server.since} />] as const]),
    ...(site === undefined ? [] : [[texts.network.facts.holds, holdsText(site)] as const]),
    ...(server.relation === 'self'
      ? []
      : [[texts.network.facts.lastHeard, heardAt === null ? texts.none : <Time key="heard" at={heardAt} />] as const]),
    ...(peer === undefined ? [] : factsOf(peer)),
  ];
  return (
    <Card title={server.relation === 'self' ? texts.network.aboutSelf : texts.network.about}>
      {peer?.warnings.map((warning) => (
        <p key={warning} role="note" className={styles['warning']}>
          {warning}
        </p>
      ))}
      <Facts facts={facts} />
    </Card>
  );
}

function factsOf(peer: Shape<'Peer'>): readonly (readonly [string, ReactNode])[] {
  const { facts } = texts.network;
  const isRetrying = peer.state === 'offline';
  return [
    ...(peer.lastError === null ? [] : [[facts.lastError, peer.lastError] as const]),
    ...(isRetrying && peer.nextTryAt !== null ? [[facts.nextTry, <Countdown key="next" to={peer.nextTryAt} />] as const] : []),
    [facts.behind, peer.behind === null ? texts.none : String(peer.behind)],
    [
      facts.backlog,
      <span key="backlog">
        {backlogText(peer)}{' '}
        {peer.queuedTransfers > 0 && (
          <Link to="/transfers" search={{ peer: peer.iss }}>
            {texts.network.showTransfers}
          </Link>
        )}
      </span>,
    ],
    [facts.throughput, throughputText(peer)],
    [facts.clock, skewText(peer.clockOffsetMs)],
  ];
}

/** What it said that it holds; of one that is silent nothing is known. */
function holdsText({ isHeard, held, of }: SiteCount): string {
  return isHeard ? texts.packages.coverage(held, of) : texts.coverage.silent;
}

function Copied({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <>
      <Mono>{value}</Mono>
      {value !== texts.none && <CopyText value={value} what={what} />}
    </>
  );
}

function Partings({ server, peer }: { readonly server: Shape<'Server'>; readonly peer: Shape<'Peer'> | undefined }) {
  const [act, setAct] = useState<PartingAct>();
  const acts: readonly PartingAct[] = [
    ...(peer !== undefined ? (['unregister'] as const) : server.retired ? [] : (['retire'] as const)),
    server.blocked ? 'unblock' : 'block',
  ];
  return (
    <div className={styles['parting']}>
      <Card title={texts.network.part} hint={texts.network.partHint}>
        <Group>
          {acts.map((one) => (
            <Button key={one} variant="light" color={one === 'unblock' ? 'accent' : 'red'} onClick={() => setAct(one)}>
              {texts.network.partings[one].act}
            </Button>
          ))}
        </Group>
        {act !== undefined && <PartingDialog server={server} peer={peer} act={act} onClose={() => setAct(undefined)} />}
      </Card>
    </div>
  );
}
