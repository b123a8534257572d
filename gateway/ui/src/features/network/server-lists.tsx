import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import type { SiteCount } from '../../api/sites-query.ts';
import { DataTable } from '../../components/data-table.tsx';
import { sizeText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { ShareBar, StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './network.module.css';
import { type CoverageFilter, coverageQuery, heldChangesQuery } from './network-queries.ts';

/** The packages that a site lacks; of one that is silent that is not known. */
export function LacksList({ site }: { readonly site: SiteCount }) {
  return (
    <section aria-label={texts.network.lacks}>
      <h2 className={styles['section']}>{texts.network.lacks}</h2>
      {site.isHeard ? (
        <PackageList filter={{ lackedBy: site.iss }} label={texts.network.lacks} none={texts.network.lacksNothing} />
      ) : (
        <p className={styles['note']}>
          {texts.network.lacksUnknown} {site.heardAt === null ? texts.coverage.never : <Time at={site.heardAt} />}
        </p>
      )}
    </section>
  );
}

type ListProps = { readonly filter: CoverageFilter; readonly label: string; readonly none: string };

/** Packages in stages, those that most sites lack first. */
export function PackageList({ filter, label, none }: ListProps) {
  const coverage = useInfiniteQuery(coverageQuery(filter));
  if (coverage.data === undefined) return <NotTold queries={[coverage]} />;
  const heads = coverage.data.pages.flatMap(({ items }) => items);
  if (heads.length === 0) return <p className={styles['note']}>{none}</p>;
  return (
    <>
      <NotTold queries={[coverage]} />
      <DataTable label={label} columns={texts.coverage.headColumns}>
        {heads.map((head) => (
          <HeadRow key={`${head.id}${head.stage}`} head={head} />
        ))}
      </DataTable>
      {coverage.hasNextPage && (
        <Button mt="sm" variant="default" loading={coverage.isFetchingNextPage} onClick={() => void coverage.fetchNextPage()}>
          {texts.coverage.more}
        </Button>
      )}
    </>
  );
}

function HeadRow({ head: { id, filename, stage, held, unknown, of, lackedBy } }: { readonly head: Shape<'HeadCount'> }) {
  const tone = lackedBy.length > 0 ? 'amber' : unknown > 0 ? 'grey' : 'green';
  return (
    <tr>
      <th scope="row">
        <Link to="/packages/$id" params={{ id: String(id) }}>
          {filename}
        </Link>
      </th>
      <td>{stage}</td>
      <td>
        <ShareBar share={of === 0 ? 0 : held / of} tone={tone} width={120} />
      </td>
      <td>{texts.packages.coverage(held, of)}</td>
      <td>{unknown === 0 ? texts.none : unknown}</td>
    </tr>
  );
}

/** Changes of a registered server that were not taken in: they end nothing, and each says what it waits for. */
export function HeldChanges({ peer }: { readonly peer: Shape<'Peer'> }) {
  const held = useQuery(heldChangesQuery(peer.id));
  const { items = [], next = null } = held.data ?? {};
  if (items.length === 0) return <NotTold queries={[held]} />;
  return (
    <section aria-label={texts.network.held}>
      <h2 className={styles['section']}>{texts.network.held}</h2>
      <p className={styles['note']}>{texts.network.heldHint}</p>
      <NotTold queries={[held]} />
      <DataTable label={texts.network.held} columns={texts.network.heldColumns}>
        {items.map(({ id, filename, act, stages, reason, signedByName, signedBy, isFinal, since }) => (
          <tr key={id}>
            <th scope="row">{filename}</th>
            <td>{act === null ? texts.none : `${act} ${stages.join(', ')}`}</td>
            <td>
              <StatePill tone={isFinal ? 'red' : 'amber'}>{isFinal ? texts.network.heldFinal : texts.network.heldNow}</StatePill>
            </td>
            <td>{reason}</td>
            <td title={signedBy ?? undefined}>{signedByName ?? signedBy ?? texts.none}</td>
            <td>
              <Time at={since} />
            </td>
          </tr>
        ))}
      </DataTable>
      {next !== null && <p className={styles['note']}>{texts.network.heldMore(peer.heldBack)}</p>}
    </section>
  );
}

/** What is still to come from a server: how many, and how much. */
export const backlogText = ({ queuedTransfers, backlogBytes }: Shape<'Peer'>): string =>
  queuedTransfers === 0 ? texts.network.nothingToCome : texts.network.backlog(queuedTransfers, sizeText(backlogBytes));
