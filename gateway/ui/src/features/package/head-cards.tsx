import { Button } from '@mantine/core';
import type { Shape } from '../../api/client.ts';
import { CopyText } from '../../components/copy-text.tsx';
import { actorText, shortDigest, sizeText } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { type PackageAct, type Stage, stages } from '../packages/package-acts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './package-panel.module.css';

type Props = { readonly shown: Shape<'Package'>; readonly onAct: (act: PackageAct) => void };

/** What a package is in each stage, side by side, and what can be done with it there. */
export function HeadCards({ shown, onAct }: Props) {
  return (
    <section className={styles['heads']} aria-label={texts.package.heads}>
      {stages.map((stage) => (
        <HeadCard key={stage} shown={shown} stage={stage} onAct={onAct} />
      ))}
    </section>
  );
}

function HeadCard({ shown, stage, onAct }: Props & { readonly stage: Stage }) {
  const head = shown.heads[stage];
  const isServed = shown.serves === stage;
  return (
    <div className={styles['card']} data-served={isServed}>
      <h3>{stage}</h3>
      {head?.sha256 == null ? (
        <span className={styles['sub']}>{texts.package.empty}</span>
      ) : (
        <>
          <span className={styles['big']}>{sizeText(head.sizeBytes ?? 0)}</span>
          <Digest name="SHA-256" value={head.sha256} />
          {head.sha1 !== null && <Digest name="SHA-1" value={head.sha1} />}
          <span className={styles['sub']}>
            <Time at={head.changedAt} /> {texts.package.changedBy(actorText(head.actor), head.changedByName ?? '')}
          </span>
          <HeadActs stage={stage} sha256={head.sha256} onAct={onAct} />
        </>
      )}
    </div>
  );
}

function Digest({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <span className={styles['digest']} title={`${name} ${value}`}>
      {name}
      <code>{shortDigest(value)}</code>
      <CopyText value={value} what={name} />
    </span>
  );
}

type ActsProps = { readonly stage: Stage; readonly sha256: string; readonly onAct: (act: PackageAct) => void };

/** A step up, a step back, a step down; only for who may. */
function HeadActs({ stage, sha256, onAct }: ActsProps) {
  const { canPromote, stages: allowed } = useRights();
  const next = stages[stages.indexOf(stage) + 1];
  const lower = stages[stages.indexOf(stage) - 1];
  if (!canPromote) return null;
  return (
    <div className={styles['acts']}>
      {next !== undefined && allowed.includes(next) && (
        <Button size="compact-xs" variant="light" onClick={() => onAct({ kind: 'promote', from: stage, to: next, sha256 })}>
          {texts.acts.promote(next)}
        </Button>
      )}
      {allowed.includes(stage) && (
        <>
          <Button size="compact-xs" variant="default" onClick={() => onAct({ kind: 'rollback', stage })}>
            {texts.acts.rollback}
          </Button>
          {lower !== undefined && allowed.includes(lower) && (
            <Button size="compact-xs" variant="default" onClick={() => onAct({ kind: 'demote', from: stage, to: lower, sha256 })}>
              {texts.acts.demote(lower)}
            </Button>
          )}
        </>
      )}
    </div>
  );
}
