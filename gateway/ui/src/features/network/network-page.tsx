import { Button, SegmentedControl } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { peersQuery } from '../../api/peers-query.ts';
import { sitesQuery } from '../../api/sites-query.ts';
import { Cards } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { IdentityCard } from './identity-card.tsx';
import styles from './network.module.css';
import { serversQuery } from './network-queries.ts';
import { RegisterCard } from './register-card.tsx';
import { ServerRow } from './server-row.tsx';

const MeshPicture = lazy(async () => ({ default: (await import('./mesh-picture.tsx')).MeshPicture }));

/** The servers of the mesh: how to let another one in, and how it goes with each, as a table or as a picture. */
export function NetworkPage() {
  const { isAdmin } = useRights();
  const { view } = useSearch({ from: '/network' });
  const servers = useQuery(serversQuery);
  const peers = useQuery(peersQuery);
  const sites = useQuery(sitesQuery);
  const known =
    servers.data === undefined || peers.data === undefined
      ? undefined
      : servers.data.map((server) => ({
          server,
          peer: peers.data.find(({ iss }) => iss === server.iss),
          site: sites.data?.find(({ iss }) => iss === server.iss),
        }));
  return (
    <>
      <PageHead title={texts.network.title} count={servers.data && texts.network.count(servers.data.length)}>
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
      <NotTold queries={[servers, peers, sites]} />
      <div className={styles['sectionHead']}>
        <h2>{texts.network.servers}</h2>
        <ViewSwitch view={view ?? 'table'} />
      </div>
      {known !== undefined && view === 'picture' && (
        <Suspense fallback={<p className={styles['note']}>{texts.loading}</p>}>
          <MeshPicture servers={known} />
        </Suspense>
      )}
      {known !== undefined && view === undefined && (
        <DataTable label={texts.network.servers} columns={texts.network.columns}>
          {known.map((one) => (
            <ServerRow key={one.server.iss} {...one} />
          ))}
        </DataTable>
      )}
    </>
  );
}

/** Everything in the picture is in the table too. */
function ViewSwitch({ view }: { readonly view: 'table' | 'picture' }) {
  const navigate = useNavigate({ from: '/network' });
  return (
    <SegmentedControl
      size="xs"
      aria-label={texts.network.view}
      value={view}
      data={[
        { value: 'table', label: texts.network.asTable },
        { value: 'picture', label: texts.network.asPicture },
      ]}
      onChange={(next) => void navigate({ search: next === 'picture' ? { view: 'picture' } : {}, replace: true })}
    />
  );
}
