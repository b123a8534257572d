import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconBox, IconSearch, IconServer } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { api } from '../api/client.ts';
import { serversQuery } from '../features/network/network-queries.ts';
import { texts } from '../texts.ts';
import { navigation } from './navigation.ts';
import styles from './search-dialog.module.css';

type Found = { readonly key: string; readonly icon: typeof IconBox; readonly label: string; readonly go: () => Promise<void> };

/** Finds packages, servers and pages by a word. */
export function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const [word, setWord] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = useFound(word);
  const go = (one: Found | undefined) => {
    if (one === undefined) return;
    onClose();
    void one.go();
  };
  const keyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen(Math.min(Math.max(chosen + step, 0), found.length - 1));
    }
    if (event.key === 'Enter') go(found[chosen]);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      title={<span className="visually-hidden">{texts.frame.search}</span>}
      yOffset="12vh"
      centered={false}
    >
      <TextInput
        aria-label={texts.frame.search}
        placeholder={texts.frame.searchHint}
        leftSection={<IconSearch size={16} />}
        value={word}
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[chosen]?.key}
        onChange={({ currentTarget: { value } }) => {
          setWord(value);
          setChosen(0);
        }}
        onKeyDown={keyDown}
      />
      <div id="found" role="listbox" aria-label={texts.frame.search} className={styles['list']}>
        {found.map((one, index) => (
          <button
            key={one.key}
            id={one.key}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={styles['found']}
            onClick={() => go(one)}
          >
            <one.icon size={16} aria-hidden="true" />
            {one.label}
          </button>
        ))}
      </div>
    </Modal>
  );
}

/** What a word finds: pages and servers by their names, packages as the server finds them. */
function useFound(word: string): readonly Found[] {
  const navigate = useNavigate();
  const [asked] = useDebouncedValue(word.trim(), 150);
  const { data: servers = [] } = useQuery(serversQuery);
  const { data: packages = [] } = useQuery({
    queryKey: ['packages', 'search', asked],
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/packages', { params: { query: { q: asked, limit: 8 } }, signal })).items,
    enabled: asked !== '',
  });
  const has = (name: string) => name.toLowerCase().includes(word.trim().toLowerCase());
  const ofPages = navigation
    .filter(({ label }) => has(label))
    .map(({ to, label, icon }) => ({ key: `page-${label}`, icon, label, go: () => navigate({ to }) }));
  if (word.trim() === '') return ofPages;
  return [
    ...packages.map(({ id, filename }) => ({
      ...{ key: `package-${id}`, icon: IconBox, label: filename },
      go: () => navigate({ to: '/packages/$id', params: { id: String(id) } }),
    })),
    ...servers
      .filter(({ name }) => has(name))
      .map(({ iss, name }) => ({
        ...{ key: `server-${iss}`, icon: IconServer, label: name },
        go: () => navigate({ to: '/network/$iss', params: { iss } }),
      })),
    ...ofPages,
  ];
}
