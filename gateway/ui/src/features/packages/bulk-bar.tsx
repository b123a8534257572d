import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { late } from '../../components/late.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import type { BulkAct } from './package-acts.ts';
import styles from './packages.module.css';

const BulkDialog = late(async () => (await import('./bulk-dialog.tsx')).BulkDialog);

type Props = { readonly selected: readonly Shape<'Package'>[]; readonly onClear: () => void };

/** What can be done with all that are selected. */
export function BulkBar({ selected, onClear }: Props) {
  const { stages } = useRights();
  const [act, setAct] = useState<BulkAct>();
  if (selected.length === 0) return null;
  const higher = (['Test', 'Prod'] as const).filter((stage) => stages.includes(stage));
  return (
    <section className={styles['bulk']} aria-label={texts.packages.selected(selected.length)}>
      <strong>{texts.packages.selected(selected.length)}</strong>
      {higher.map((to) => (
        <Button key={to} size="compact-sm" variant="default" onClick={() => setAct({ act: 'promote', to })}>
          {texts.acts.promote(to)}
        </Button>
      ))}
      {stages.length === 3 && (
        <Button size="compact-sm" variant="light" color="red" onClick={() => setAct({ act: 'delete' })}>
          {texts.acts.remove(undefined)}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {texts.packages.unselect}
      </Button>
      {act !== undefined && (
        <BulkDialog
          packages={selected}
          act={act}
          onClose={() => setAct(undefined)}
          onDone={() => {
            setAct(undefined);
            onClear();
          }}
        />
      )}
    </section>
  );
}
