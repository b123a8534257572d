import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar, StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { worstQuery } from './network-queries.ts';

/** Sites over all packages, and packages by how many sites lack them: the worst first. */
export function CoveragePage() {
  const coverage = useQuery(worstQuery);
  const lacking = coverage.data?.items.filter(({ held, of }) => held < of) ?? [];
  return (
    <>
      <PageHead title={texts.coverage.title} count={coverage.data && <Time at={coverage.data.countedAt} />}>
        <Button component={Link} to="/network" variant="subtle" leftSection={<IconArrowLeft size={16} />}>
          {texts.network.title}
        </Button>
      </PageHead>
      {coverage.isError && <ProblemAlert error={coverage.error} />}
      {coverage.data !== undefined && (
        <>
          <DataTable label={texts.coverage.sites} columns={texts.coverage.siteColumns}>
            {coverage.data.sites.map((site) => (
              <SiteRow key={site.iss} site={site} />
            ))}
          </DataTable>
          <h2>{texts.coverage.lacking}</h2>
          {lacking.length === 0 ? (
            <p>{texts.coverage.none}</p>
          ) : (
            <DataTable label={texts.coverage.lacking} columns={texts.coverage.headColumns}>
              {lacking.map((head) => (
                <HeadRow key={`${head.id}${head.stage}`} head={head} />
              ))}
            </DataTable>
          )}
        </>
      )}
    </>
  );
}

function SiteRow({ site: { iss, name, stage, isHeard, heardAt, held, of } }: { readonly site: Shape<'SiteCount'> }) {
  return (
    <tr>
      <th scope="row">
        <Link to="/network/$iss" params={{ iss }}>
          {name}
        </Link>
      </th>
      <td>{stage}</td>
      <td>
        {isHeard ? (
          <StatePill tone={held === of ? 'green' : 'amber'}>
            {held === of ? texts.coverage.whole : texts.coverage.lacks(of - held)}
          </StatePill>
        ) : (
          <StatePill tone="grey">{texts.coverage.silent}</StatePill>
        )}
      </td>
      <td>
        <ShareBar share={of === 0 ? 1 : held / of} tone={isHeard ? (held === of ? 'green' : 'amber') : 'grey'} width={120} />
      </td>
      <td>{texts.packages.coverage(held, of)}</td>
      <td>{heardAt === null ? texts.none : <Time at={heardAt} />}</td>
    </tr>
  );
}

function HeadRow({ head: { id, filename, stage, held, unknown, of } }: { readonly head: Shape<'HeadCount'> }) {
  return (
    <tr>
      <th scope="row">
        <Link to="/packages/$id" params={{ id: String(id) }}>
          {filename}
        </Link>
      </th>
      <td>{stage}</td>
      <td>
        <ShareBar share={held / of} tone="amber" width={120} />
      </td>
      <td>{texts.packages.coverage(held, of)}</td>
      <td>{unknown}</td>
    </tr>
  );
}
