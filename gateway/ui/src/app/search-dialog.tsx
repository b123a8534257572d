import { Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import styles from './search-dialog.module.css';
import { type Found, useFound } from './search-found.ts';

/** Finds packages, servers, settings, acts and pages by words, with the keyboard alone. */
export function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const [word, setWord] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = useFound(word);
  const go = (one: Found | undefined) => {
    if (one === undefined) return;
    onClose();
    one.go();
  };
  const key = found[chosen]?.key;
  useEffect(() => {
    if (key !== undefined) document.getElementById(key)?.scrollIntoView({ block: 'nearest' });
  }, [key]);
  const keyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((chosen + step + found.length) % Math.max(found.length, 1));
    }
    if (event.key === 'Enter') go(found[chosen]);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      classNames={{ header: styles['head'] ?? '' }}
      title={<span className="visually-hidden">{texts.frame.search}</span>}
      yOffset="12vh"
      size="lg"
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
        aria-activedescendant={key}
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
            <span className={styles['label']}>{one.label}</span>
            <span className={styles['kind']}>{texts.frame.found[one.kind]}</span>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className={styles['none']}>{texts.frame.nothingFound}</p>}
    </Modal>
  );
}
