import { Button, Group, Select, Switch } from '@mantine/core';
import { IconArrowLeft, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Shape } from '../../api/client.ts';
import { peersQuery } from '../../api/peers-query.ts';
import { Card, Cards, Facts, Mono } from '../../components/card.tsx';
import { sizeText } from '../../components/format.ts';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { serversQuery } from './network-queries.ts';
import { type PartingAct, PartingDialog } from './parting-dialog.tsx';
import { stateOf } from './server-state.ts';

/** One server: how it goes with it, what is taken from it, and how to part from it. */
export function ServerPage() {
  const { iss } = useParams({ from: '/network/$iss' });
  const servers = useQuery(serversQuery);
  const peers = useQuery(peersQuery);
  const { isAdmin } = useRights();
  const server = servers.data?.find((one) => one.iss === iss);
  const peer = peers.data?.find((one) => one.iss === iss);
  if (servers.isError) return <ProblemAlert error={servers.error} />;
  if (servers.data === undefined) return null;
  if (server === undefined) return <PageHead title={texts.network.unknown} />;
  const state = stateOf(server, peer);
  return (
    <>
      <PageHead title={server.name} count={<StatePill tone={state.tone}>{state.text}</StatePill>}>
        <Button component={Link} to="/network" variant="subtle" leftSection={<IconArrowLeft size={16} />}>
          {texts.network.title}
        </Button>
      </PageHead>
      <Cards>
        <AboutCard server={server} peer={peer} />
        {peer !== undefined && <TrustCard peer={peer} mayChange={isAdmin} />}
      </Cards>
      {isAdmin && server.relation !== 'self' && <Partings server={server} peer={peer} />}
    </>
  );
}

function AboutCard({ server, peer }: { readonly server: Shape<'Server'>; readonly peer: Shape<'Peer'> | undefined }) {
  const time = (at: string | null | undefined) => (at == null ? texts.none : <Time at={at} />);
  const ofPeer: readonly (readonly [string, React.ReactNode])[] =
    peer === undefined
      ? []
      : [
          [texts.network.facts.lastAnswer, time(peer.lastAnswerAt)],
          [texts.network.facts.lastError, peer.lastError ?? texts.none],
          [texts.network.facts.behind, peer.behind === null ? texts.none : String(peer.behind)],
          [texts.network.facts.backlog, `${peer.queuedTransfers}, ${sizeText(peer.backlogBytes)}`],
        ];
  return (
    <Card title={texts.network.about}>
      {peer?.warnings.map((warning) => (
        <p key={warning} role="note">
          {warning}
        </p>
      ))}
      <Facts
        facts={[
          [texts.network.url, <Mono key="url">{server.url ?? ''}</Mono>],
          [texts.network.iss, <Mono key="iss">{server.iss}</Mono>],
          [texts.network.facts.stage, server.stage],
          [texts.network.facts.known, texts.network.relations[server.relation]],
          [texts.network.facts.since, time(server.since)],
          ...ofPeer,
        ]}
      />
    </Card>
  );
}

function TrustCard({ peer, mayChange }: { readonly peer: Shape<'Peer'>; readonly mayChange: boolean }) {
  const queries = useQueryClient();
  const params = { path: { id: peer.id } };
  const done = { onSuccess: () => queries.invalidateQueries() };
  const change = useMutation({
    mutationFn: (body: Shape<'PeerChange'>) => api.patch('/api/v1/peers/{id}', { params, body }),
    ...done,
  });
  const compare = useMutation({ mutationFn: () => api.post('/api/v1/peers/{id}/sync', { params }), ...done });
  const failed = [change, compare].find(({ isError }) => isError);
  return (
    <Card title={texts.network.trust} hint={texts.network.trustHint}>
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      <Select
        label={texts.network.stageCap}
        description={texts.network.stageCapHint}
        data={['Dev', 'Test', 'Prod']}
        value={peer.stageCap}
        allowDeselect={false}
        disabled={!mayChange}
        onChange={(stageCap) => stageCap !== null && change.mutate({ stageCap: stageCap as 'Dev' | 'Test' | 'Prod' })}
      />
      <Switch
        label={texts.network.introduces}
        description={texts.network.introducesHint}
        checked={peer.introduces}
        disabled={!mayChange}
        onChange={({ currentTarget: { checked } }) => change.mutate({ introduces: checked })}
      />
      {mayChange && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} />}
            loading={compare.isPending}
            onClick={() => compare.mutate()}
          >
            {texts.network.sync}
          </Button>
          {compare.data?.comparison != null && <span>{texts.network.compared(compare.data.comparison.packages)}</span>}
        </Group>
      )}
    </Card>
  );
}

function Partings({ server, peer }: { readonly server: Shape<'Server'>; readonly peer: Shape<'Peer'> | undefined }) {
  const [act, setAct] = useState<PartingAct>();
  const acts: readonly PartingAct[] = [
    ...(peer === undefined ? (['retire'] as const) : (['unregister'] as const)),
    server.blocked ? 'unblock' : 'block',
  ];
  return (
    <Card title={texts.network.part}>
      <Group>
        {acts.map((one) => (
          <Button key={one} variant="light" color={one === 'unblock' ? 'accent' : 'red'} onClick={() => setAct(one)}>
            {texts.network.partings[one].act}
          </Button>
        ))}
      </Group>
      {act !== undefined && <PartingDialog server={server} peer={peer} act={act} onClose={() => setAct(undefined)} />}
    </Card>
  );
}
