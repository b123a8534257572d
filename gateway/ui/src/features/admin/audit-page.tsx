import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBan, IconCheck, IconDownload, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { Mono } from '../../components/card.tsx';
import { Chips, FilterRow } from '../../components/chips.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { actorText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { spacedOut } from '../activity/event-sentences.ts';
import { AdminsOnly } from '../session/admins-only.tsx';
import { auditQuery } from './admin-queries.ts';
import { type AuditSearch, auditQueryOf, auditSearch, outcomes } from './admin-search.ts';
import styles from './audit.module.css';

const words = texts.audit;

/** Who did what, from where, and what was not let through. */
export function AuditPage() {
  return (
    <AdminsOnly>
      <Audit />
    </AdminsOnly>
  );
}

function Audit() {
  const search = useSearch({ from: '/admin/audit' });
  const audit = useInfiniteQuery(auditQuery(search));
  const items = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const saved = new URLSearchParams({ ...auditQueryOf(search), limit: '1000' });
  return (
    <>
      <Filters search={search} />
      <NotTold queries={[audit]} />
      {audit.isSuccess && items.length === 0 && <p>{audit.hasNextPage ? words.noneYet : words.none}</p>}
      {items.length > 0 && (
        <DataTable label={texts.admin.parts.audit} columns={words.columns}>
          {items.map((entry) => (
            <AuditRow key={`${entry.at} ${entry.eventId ?? ''} ${entry.path ?? ''} ${entry.remoteAddress ?? ''}`} entry={entry} />
          ))}
        </DataTable>
      )}
      <div className={styles['more']}>
        {audit.hasNextPage && (
          <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            {texts.activity.more}
          </Button>
        )}
        <Button
          component="a"
          variant="subtle"
          leftSection={<IconDownload size={16} />}
          href={`/api/v1/audit?${saved}`}
          download="audit.json"
        >
          {words.save}
        </Button>
      </div>
    </>
  );
}

function Filters({ search }: { readonly search: AuditSearch }) {
  const navigate = useNavigate({ from: '/admin/audit' });
  const change = (changed: AuditSearch) =>
    void navigate({ search: (before: AuditSearch) => auditSearch({ ...before, ...changed }), replace: true });
  return (
    <FilterRow>
      <Chips
        label={words.outcome}
        options={[undefined, ...outcomes].map((value) => ({ value, label: words.outcomes[value ?? 'all'] }))}
        value={search.outcome}
        onChange={(outcome) => change({ outcome })}
      />
      <Sought label={words.q} value={search.q} onChange={(q) => change({ q })} />
      <Sought label={words.actor} value={search.actor} onChange={(actor) => change({ actor })} />
      {(['from', 'until'] as const).map((end) => (
        <Day key={end} label={words[end]} value={search[end]} onChange={(day) => change({ [end]: day })} />
      ))}
    </FilterRow>
  );
}

type SoughtProps = {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (word: string) => void;
};

function Sought({ label, value, onChange }: SoughtProps) {
  const [word, setWord] = useState(value ?? '');
  const seek = useDebouncedCallback(onChange, 250);
  return (
    <TextInput
      type="search"
      className={styles['sought']}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} />}
      value={word}
      onChange={({ currentTarget }) => {
        setWord(currentTarget.value);
        seek(currentTarget.value);
      }}
    />
  );
}

/** A day. While its year is typed the field has other ones, as 0002: it keeps them, and nothing is sought by them. */
function Day({ label, value, onChange }: SoughtProps) {
  const [day, setDay] = useState(value ?? '');
  return (
    <TextInput
      type="date"
      className={styles['day']}
      aria-label={label}
      title={label}
      value={day}
      onChange={({ currentTarget }) => {
        setDay(currentTarget.value);
        onChange(currentTarget.value);
      }}
    />
  );
}

function AuditRow({ entry }: { readonly entry: Shape<'AuditEntry'> }) {
  const { kind, at, lastAt, count, actor, remoteAddress, what, subject, code, method, path } = entry;
  return (
    <tr>
      <th scope="row">
        <Time at={lastAt ?? at} />
      </th>
      <td>{actor === null ? words.nobody : actorText(actor)}</td>
      <td>{kind === 'act' ? spacedOut(what) : words.tried(what)}</td>
      <td className={styles['subject']}>
        {kind === 'act' ? subject !== null && <Mono>{subject}</Mono> : <Mono>{`${method ?? ''} ${path ?? ''}`.trim()}</Mono>}
      </td>
      <td>{remoteAddress ?? words.here}</td>
      <td>
        <span className={styles['outcome']}>
          {kind === 'act' ? <IconCheck size={15} aria-hidden="true" /> : <IconBan size={15} aria-hidden="true" />}
          {kind === 'act' ? words.outcomes.done : words.refused(count)}
          {code !== null && <span className={styles['code']}>{code}</span>}
        </span>
      </td>
    </tr>
  );
}
