import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { Dialog } from '../../components/dialog.tsx';
import { actorText, shortDigest, shortTimeText, sizeText, timeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { Strip } from '../../components/strip.tsx';
import { texts } from '../../texts.ts';
import styles from './compare-dialog.module.css';
import { comparisonQuery } from './package-queries.ts';

type Revision = Shape<'Revision'>;

type Props = {
  readonly packageId: number;
  readonly revisions: readonly Revision[];
  /** The one that is compared with another, by its place. */
  readonly first: number;
  readonly onClose: () => void;
};

/** Two revisions side by side: what differs, and which bytes they share. The newer one is on the right. */
export function CompareDialog({ packageId, first, onClose, ...props }: Props) {
  // As they were when it was opened: one that comes meanwhile would move the others to other places.
  const [revisions] = useState(props.revisions);
  const other = revisions.findIndex(
    ({ stands, sha256 }, index) => stands && index !== first && sha256 !== revisions[first]?.sha256,
  );
  const second = other >= 0 ? other : first === 0 ? 1 : 0;
  const [[left, right], setPair] = useState<readonly [number, number]>([Math.max(first, second), Math.min(first, second)]);
  const [from, to] = [revisions[left], revisions[right]];
  const now = new Date();
  const options = revisions.map(({ stage, sha256, changedAt }, index) => ({
    value: String(index),
    label: `${stage} · ${shortTimeText(new Date(changedAt), now)} · ${shortDigest(sha256)}`,
  }));
  const words = texts.package.compare;
  const choice = (label: string, value: number, choose: (chosen: number) => void) => (
    <Select
      aria-label={label}
      data={options}
      value={String(value)}
      allowDeselect={false}
      onChange={(chosen) => choose(Number(chosen))}
    />
  );
  return (
    <Dialog title={words.title} size="xl" onClose={onClose}>
      <div className={styles['choices']}>
        <span />
        {choice(words.one, left, (chosen) => setPair([chosen, right]))}
        {choice(words.other, right, (chosen) => setPair([left, chosen]))}
      </div>
      {from !== undefined && to !== undefined && <Differences from={from} to={to} />}
      {from !== undefined && to !== undefined && <Shared packageId={packageId} from={from.sha256} to={to.sha256} />}
    </Dialog>
  );
}

type PairProps = { readonly from: Revision; readonly to: Revision };

function Differences({ from, to }: PairProps) {
  const words = texts.package.compare;
  const lines: readonly (readonly [name: string, of: (revision: Revision) => string])[] = [
    [words.size, ({ sizeBytes }) => `${sizeText(sizeBytes)} (${sizeBytes.toLocaleString('en')} B)`],
    ['SHA-256', ({ sha256 }) => sha256],
    ['SHA-1', ({ sha1 }) => sha1],
    [words.stage, ({ stage }) => stage],
    [words.act, ({ act }) => act],
    [words.who, ({ actor, changedByName }) => texts.package.changedBy(actorText(actor), changedByName ?? '').slice(3)],
    [words.when, ({ changedAt }) => timeText(new Date(changedAt))],
    [texts.acts.reason, ({ reason }) => reason ?? texts.none],
  ];
  return (
    <table className={styles['table']}>
      <caption className="visually-hidden">{words.title}</caption>
      <colgroup>
        <col className={styles['names']} />
        <col span={2} />
      </colgroup>
      <tbody>
        {lines.map(([name, of]) => (
          <tr key={name} data-differs={of(from) !== of(to)}>
            <th scope="row">{name}</th>
            <td>{of(from)}</td>
            <td>{of(to)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type SharedProps = { readonly packageId: number; readonly from: string; readonly to: string };

function Shared({ packageId, from, to }: SharedProps) {
  const compared = useQuery({ ...comparisonQuery(packageId, from, to), enabled: from !== to });
  const words = texts.package.compare;
  const told = (children: ReactNode) => <div className={styles['shared']}>{children}</div>;
  if (from === to) return told(words.same);
  if (compared.isError) return <ProblemAlert error={compared.error} />;
  if (compared.data === undefined) return told(texts.loading);
  const { shared, to: newer } = compared.data;
  if (shared === null) return told(words.notHere);
  if (shared.chunks === 0) return told(words.nothing);
  return told(
    <>
      <span>{words.shared(sizeText(shared.bytes), sizeText(newer.sizeBytes), shared.chunks, shared.ofChunks)}</span>
      <Strip parts={shared.strip} label={words.strip} />
    </>,
  );
}
