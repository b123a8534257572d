import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Shape } from '../../api/client.ts';
import { actorText, shortDigest, sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import type { PackageAct } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './package-panel.module.css';
import { revisionsQuery } from './package-queries.ts';

type Props = { readonly shown: Shape<'Package'>; readonly onAct: (act: PackageAct) => void };

/** What the stages have and had, the newest first. What is still here can be given back. */
export function RevisionList({ shown, onAct }: Props) {
  const { canPromote, stages: allowed } = useRights();
  const revisions = useQuery(revisionsQuery(shown.id));
  if (revisions.isError) return <ProblemAlert error={revisions.error} />;
  return (
    <ul className={styles['list']}>
      {revisions.data?.map(({ stage, sha256, sizeBytes, changedAt, changedByName, actor, stands, isHere, trashedAt }) => (
        <li key={`${stage}${sha256}${changedAt}`}>
          <div>
            <strong>{stage}</strong> {sizeText(sizeBytes)} <span title={sha256}>{shortDigest(sha256)}</span>
            <div className={styles['sub']}>
              <Time at={changedAt} /> {texts.package.changedBy(actorText(actor), changedByName ?? '')}
            </div>
          </div>
          <span className={styles['sub']}>{stateText(stands, isHere, trashedAt)}</span>
          {!stands && canPromote && allowed.includes(stage) && (
            <Button size="compact-xs" variant="default" onClick={() => onAct({ kind: 'restore', stage, sha256 })}>
              {texts.acts.restore}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function stateText(stands: boolean, isHere: boolean, trashedAt: string | null): string {
  if (stands) return texts.package.stands;
  if (trashedAt !== null) return texts.package.inTrash;
  return isHere ? '' : texts.package.gone;
}
