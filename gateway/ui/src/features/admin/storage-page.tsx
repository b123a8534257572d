import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { settingsQuery } from '../../api/settings-query.ts';
import { Card, Cards, Facts } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { shortDigest, sizeText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { systemQuery, trashQuery } from './admin-queries.ts';
import { Used } from './resources-card.tsx';
import styles from './storage.module.css';
import { freedWithin, partsOf } from './storage-parts.ts';

const words = texts.storage;

/** The volume of the packages: what fills it, what is left, and what the trash will give back. */
export function StoragePage() {
  const system = useQuery(systemQuery);
  const trash = useInfiniteQuery(trashQuery);
  const items = trash.data?.pages.flatMap((page) => page.items) ?? [];
  const { data } = system;
  return (
    <>
      <NotTold queries={[system, trash]} />
      {data !== undefined && (
        <Cards>
          <VolumeCard figures={data} />
          <TrashCard figures={data} items={items} isWhole={trash.isSuccess && !trash.hasNextPage} />
        </Cards>
      )}
      {items.length > 0 && (
        <>
          <h2 className={styles['heading']}>{words.trashed}</h2>
          <DataTable label={words.trashed} columns={words.columns}>
            {items
              .toSorted((one, other) => one.leavesAt.localeCompare(other.leavesAt))
              .map((item) => (
                <tr key={`${item.package.id} ${item.sha256}`}>
                  <th scope="row">
                    <Link to="/packages/$id" params={{ id: String(item.package.id) }}>
                      {item.package.filename}
                    </Link>
                  </th>
                  <td>{sizeText(item.sizeBytes)}</td>
                  <td title={item.sha256}>{shortDigest(item.sha256)}</td>
                  <td>
                    <Time at={item.trashedAt} />
                  </td>
                  <td>
                    <Time at={item.leavesAt} />
                  </td>
                </tr>
              ))}
          </DataTable>
        </>
      )}
      {trash.hasNextPage && (
        <Button mt="sm" variant="default" loading={trash.isFetchingNextPage} onClick={() => void trash.fetchNextPage()}>
          {texts.activity.more}
        </Button>
      )}
    </>
  );
}

type Figures = Parameters<typeof partsOf>[0];

function VolumeCard({ figures }: { readonly figures: Figures }) {
  const { diskUsedBytes, diskFreeBytes, diskTotalBytes, reserveBytes } = figures;
  const parts = partsOf(figures).filter(({ bytes }) => bytes > 0);
  const room = Math.max(0, diskFreeBytes - reserveBytes);
  return (
    <Card title={words.volume}>
      <div className={styles['stack']} aria-hidden="true">
        {parts.map(({ part, bytes }) => (
          <span key={part} className={styles[part]} style={{ flexGrow: bytes }} />
        ))}
      </div>
      <ul className={styles['legend']}>
        {parts.map(({ part, bytes }) => (
          <li key={part}>
            <span className={`${styles['swatch']} ${styles[part]}`} aria-hidden="true" />
            {words.parts[part]}
            <b>{sizeText(bytes)}</b>
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          [words.used, <Used key="used" used={diskUsedBytes} total={diskTotalBytes} />],
          [words.room, sizeText(room)],
        ]}
      />
      <p className={styles['hint']}>{room === 0 ? words.full : words.reserveHint}</p>
    </Card>
  );
}

type TrashProps = { readonly figures: Figures; readonly items: Parameters<typeof freedWithin>[0]; readonly isWhole: boolean };

function TrashCard({ figures, items, isWhole }: TrashProps) {
  const { data: settings } = useQuery(settingsQuery);
  const { trashBytes, trashContents, trashSince, unreferencedBytes } = figures;
  const now = Date.now();
  return (
    <Card title={words.trash}>
      <Facts
        facts={[
          [words.keeps, settings === undefined ? texts.none : texts.admin.days(settings.trashDays)],
          [words.content, words.contents(trashContents, sizeText(trashBytes))],
          [words.oldest, trashSince === null ? texts.none : <Time key="since" at={trashSince} />],
          ...(isWhole && items.length > 0
            ? ([1, 7, 30].map((days) => [words.within(days), amountText(freedWithin(items, days, now))]) as [string, string][])
            : []),
          [words.leaving, amountText(unreferencedBytes)],
        ]}
      />
      <p className={styles['hint']}>{words.trashHint}</p>
    </Card>
  );
}

const amountText = (bytes: number) => (bytes === 0 ? words.nothing : sizeText(bytes));
