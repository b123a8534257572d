import { Button } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { peersQuery } from '../../api/peers-query.ts';
import { Cards } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { IdentityCard } from './identity-card.tsx';
import { serversQuery } from './network-queries.ts';
import { RegisterCard } from './register-card.tsx';
import { ServerRow } from './server-row.tsx';

/** The servers of the mesh: how to let another one in, and how it goes with each. */
export function NetworkPage() {
  const { isAdmin } = useRights();
  const servers = useQuery(serversQuery);
  const peers = useQuery(peersQuery);
  const failed = [servers, peers].find(({ isError }) => isError);
  return (
    <>
      <PageHead title={texts.network.title} count={servers.data?.length}>
        <Button component={Link} to="/network/coverage" variant="default" leftSection={<IconTable size={16} />}>
          {texts.network.coverage}
        </Button>
      </PageHead>
      {isAdmin && (
        <Cards>
          <IdentityCard />
          <RegisterCard />
        </Cards>
      )}
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      {servers.data !== undefined && peers.data !== undefined && (
        <DataTable label={texts.network.servers} columns={texts.network.columns}>
          {servers.data.map((server) => (
            <ServerRow key={server.iss} server={server} peer={peers.data.find(({ iss }) => iss === server.iss)} />
          ))}
        </DataTable>
      )}
    </>
  );
}
