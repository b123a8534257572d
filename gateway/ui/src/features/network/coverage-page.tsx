import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import { peersQuery } from '../../api/peers-query.ts';
import type { SiteCount } from '../../api/sites-query.ts';
import { silentSince } from '../../app/health.ts';
import { Chips } from '../../components/chips.tsx';
import { DataTable, useRowsInTurn } from '../../components/data-table.tsx';
import { sizeText } from '../../components/format.ts';
import { PageHead } from '../../components/page-head.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { Compare } from './compare-sites.tsx';
import { CoverageGrid } from './coverage-grid.tsx';
import styles from './network.module.css';
import { coverageQuery } from './network-queries.ts';
import { SilencePill } from './server-row.tsx';
import { siteState } from './server-state.ts';

/** Sites over all packages, packages by site, and two sites beside each other: the worst first everywhere. */
export function CoveragePage() {
  const search = useSearch({ from: '/network/coverage' });
  const navigate = useNavigate({ from: '/network/coverage' });
  const coverage = useInfiniteQuery(coverageQuery({ stage: search.stage }));
  const peers = useQuery(peersQuery);
  const [first] = coverage.data?.pages ?? [];
  const peerOf = ({ iss }: SiteCount) => peers.data?.find((peer) => peer.iss === iss);
  const sites = (first?.sites ?? []).map((site) => {
    const peer = peerOf(site);
    // What one that does not answer said before counts no more.
    return silentSince(site, peer) === undefined
      ? site
      : { ...site, isHeard: false, heardAt: lastOf(site.heardAt, peer?.lastAnswerAt) };
  });
  const heads = coverage.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageHead
        title={texts.coverage.title}
        count={
          first && (
            <>
              {texts.coverage.counted} <Time at={first.countedAt} />
            </>
          )
        }
      >
        <Button component={Link} to="/network" variant="subtle" leftSection={<IconArrowLeft size={16} />}>
          {texts.network.title}
        </Button>
      </PageHead>
      <NotTold queries={[coverage, peers]} />
      {first !== undefined && (
        <>
          <SiteTable sites={sites.toSorted(byWorst)} peerOf={peerOf} />
          <div className={styles['sectionHead']} style={{ marginTop: 24 }}>
            <h2>{texts.coverage.grid}</h2>
            <Chips
              label={texts.coverage.stage}
              value={search.stage}
              options={[
                { value: undefined, label: texts.coverage.allStages },
                ...(['Dev', 'Test', 'Prod'] as const).map((stage) => ({ value: stage, label: stage })),
              ]}
              onChange={(stage) =>
                void navigate({ search: ({ stage: _before, ...rest }) => ({ ...rest, ...(stage && { stage }) }) })
              }
            />
          </div>
          <CoverageGrid heads={heads} sites={sites.toSorted(byWorst)} />
          {coverage.hasNextPage && (
            <Button mt="sm" variant="default" loading={coverage.isFetchingNextPage} onClick={() => void coverage.fetchNextPage()}>
              {texts.coverage.more}
            </Button>
          )}
          <Compare sites={sites} search={search} />
        </>
      )}
    </>
  );
}

const lastOf = (...times: readonly (string | null | undefined)[]): string | null =>
  times
    .filter((at): at is string => at != null)
    .sort()
    .at(-1) ?? null;

/** Those that lack most first, then those of which nothing is known. */
function byWorst(one: SiteCount, other: SiteCount): number {
  const rank = (site: SiteCount) => (site.isHeard ? (site.held < site.of ? 0 : 2) : 1);
  return rank(one) - rank(other) || lackOf(other) - lackOf(one) || one.name.localeCompare(other.name);
}

const lackOf = ({ held, of }: SiteCount) => of - held;

type SiteTableProps = {
  readonly sites: readonly SiteCount[];
  readonly peerOf: (site: SiteCount) => Shape<'Peer'> | undefined;
};

function SiteTable({ sites, peerOf }: SiteTableProps) {
  return (
    <DataTable label={texts.coverage.sites} columns={texts.coverage.siteColumns}>
      {useRowsInTurn(sites).map((site) => (
        <SiteRow key={site.iss} site={site} peer={peerOf(site)} />
      ))}
    </DataTable>
  );
}

function SiteRow({ site, peer }: { readonly site: SiteCount; readonly peer: Shape<'Peer'> | undefined }) {
  const { iss, name, stage, isHeard, heardAt, held, of, lacksBytes } = site;
  const state = siteState(site, peer);
  return (
    <tr>
      <th scope="row">
        <Link to="/network/$iss" params={{ iss }}>
          {name}
        </Link>
      </th>
      <td>{stage}</td>
      <td>
        <SilencePill state={state} />
      </td>
      <td>
        <ShareBar share={isHeard && of > 0 ? held / of : isHeard ? 1 : 0} tone={state.tone} width={120} />
      </td>
      <td>{isHeard ? texts.packages.coverage(held, of) : texts.none}</td>
      <td>{isHeard && lacksBytes > 0 ? sizeText(lacksBytes) : texts.none}</td>
      <td>{heardAt === null ? texts.none : <Time at={heardAt} />}</td>
    </tr>
  );
}
