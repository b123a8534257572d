import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { actorText, shortDigest, sizeText } from '../../components/format.ts';
import { late } from '../../components/late.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './package-panel.module.css';
import { revisionsQuery } from './package-queries.ts';

const CompareDialog = late(async () => (await import('./compare-dialog.tsx')).CompareDialog);

type Props = { readonly shown: Shape<'Package'>; readonly onAct: (act: PackageAct) => void };

/** What the stages have and had, the newest first. What is still here can be given back, and any two can be compared. */
export function RevisionList({ shown, onAct }: Props) {
  const { canPromote, stages: allowed } = useRights();
  const revisions = useQuery(revisionsQuery(shown.id));
  const [compared, setCompared] = useState<number>();
  const items = revisions.data ?? [];
  return (
    <>
      <NotTold queries={[revisions]} />
      <ul className={styles['list']}>
        {items.map((revision, index) => {
          const { stage, sha256, changedAt, stands, isHere } = revision;
          return (
            <li key={`${stage}${sha256}${changedAt}`}>
              <RevisionWords revision={revision} />
              <span className={styles['sub']}>{stateText(revision)}</span>
              {items.length > 1 && (
                <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setCompared(index)}>
                  {texts.package.compare.open}
                </Button>
              )}
              {!stands && isHere && canPromote && allowed.includes(stage) && (
                <Button size="compact-xs" variant="default" onClick={() => onAct({ kind: 'restore', stage, sha256 })}>
                  {texts.acts.restore}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {compared !== undefined && (
        <CompareDialog packageId={shown.id} revisions={items} first={compared} onClose={() => setCompared(undefined)} />
      )}
    </>
  );
}

function RevisionWords({ revision }: { readonly revision: Shape<'Revision'> }) {
  const { stage, sha256, sizeBytes, changedAt, changedByName, actor, reason } = revision;
  return (
    <div>
      <strong>{stage}</strong> {sizeText(sizeBytes)} <code title={sha256}>{shortDigest(sha256)}</code>
      <div className={styles['sub']}>
        <Time at={changedAt} /> {texts.package.changedBy(actorText(actor), changedByName ?? '')}
      </div>
      {reason !== null && <div className={styles['reason']}>{texts.package.quoted(reason)}</div>}
    </div>
  );
}

function stateText({ stands, isHere, trashedAt }: Shape<'Revision'>): string {
  if (stands) return texts.package.stands;
  if (trashedAt !== null) return texts.package.inTrash;
  return isHere ? '' : texts.package.gone;
}
