import { Button, Select, TextInput } from '@mantine/core';
import { IconBox, IconUser, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Chips, FilterRow } from '../../components/chips.tsx';
import { texts } from '../../texts.ts';
import { serversQuery } from '../network/network-queries.ts';
import styles from './activity.module.css';
import { type ActivitySearch, activityKinds, activitySearch } from './activity-search.ts';

const words = texts.activity;

/** What is shown of what happened: by heading, package, server and person. */
export function ActivityFilters({ search }: { readonly search: ActivitySearch }) {
  const navigate = useNavigate({ from: '/activity' });
  const { data: servers = [] } = useQuery(serversQuery);
  const change = (changed: ActivitySearch) =>
    void navigate({ search: (before: ActivitySearch) => activitySearch({ ...before, ...changed }), replace: true });
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <FilterRow>
      <Chips
        label={words.kindLabel}
        options={[undefined, ...activityKinds].map((value) => ({ value, label: words.kinds[value ?? 'all'] }))}
        value={search.kind}
        onChange={(kind) => change({ kind })}
      />
      <Typed
        key={`package ${search.package ?? ''}`}
        {...{ label: words.ofPackage, icon: <IconBox size={16} />, value: search.package }}
        onChange={(reference) => change({ package: reference })}
      />
      <Typed
        key={`actor ${search.actor ?? ''}`}
        {...{ label: words.ofPerson, icon: <IconUser size={16} />, value: search.actor }}
        onChange={(actor) => change({ actor })}
      />
      <Select
        className={styles['sought']}
        aria-label={words.ofServer}
        placeholder={words.ofServer}
        data={servers.map(({ iss, name }) => ({ value: iss, label: name || iss }))}
        value={search.server ?? null}
        clearable
        clearButtonProps={{ 'aria-label': words.anyServer }}
        onChange={(server) => change({ server: server ?? undefined })}
      />
      {isFiltered && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={15} />}
          onClick={() => void navigate({ search: {}, replace: true })}
        >
          {words.everything}
        </Button>
      )}
    </FilterRow>
  );
}

type TypedProps = {
  readonly label: string;
  readonly icon: ReactNode;
  readonly value: string | undefined;
  readonly onChange: (text: string | undefined) => void;
};

/** Asks when Enter is pressed or the field is left: half a name is no name. */
function Typed({ label, icon, value, onChange }: TypedProps) {
  const [text, setText] = useState(value ?? '');
  const ask = () => {
    const wanted = text.trim() === '' ? undefined : text.trim();
    if (wanted !== value) onChange(wanted);
  };
  return (
    <TextInput
      type="search"
      className={styles['sought']}
      aria-label={label}
      placeholder={label}
      leftSection={icon}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={ask}
      onKeyDown={({ key }) => key === 'Enter' && ask()}
    />
  );
}
