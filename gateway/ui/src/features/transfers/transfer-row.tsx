import { ActionIcon, Group } from '@mantine/core';
import { IconArrowBarToDown, IconArrowBarToUp, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { KeyboardEvent, ReactNode } from 'react';
import type { Shape } from '../../api/client.ts';
import { durationText, rateText, sizeText } from '../../components/format.ts';
import { Countdown } from '../../components/time.tsx';
import { ShareBar, StatePill, transferTones } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './transfers.module.css';

type Transfer = Shape<'Transfer'>;

/** What can be decided of a transfer. */
export type TransferChange = { readonly paused?: boolean; readonly first?: boolean };

type Props = {
  readonly transfer: Transfer;
  /** Name of this server, to which all of them go. */
  readonly here: string;
  readonly mayChange: boolean;
  readonly onChange: (change: TransferChange) => void;
};

/** A transfer: from where to where, how far it is, and why it waits. `F` and `P` in the row do what its buttons do. */
export function TransferRow({ transfer, here, mayChange, onChange }: Props) {
  const { package: named, sha256, rateBytesPerSecond, etaSeconds, state, reason, tries, nextTryAt, first } = transfer;
  const name = named?.filename ?? sha256.slice(0, 16);
  const onKeyDown = ({ key, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent) => {
    if (!mayChange || ctrlKey || metaKey || altKey || repeat) return;
    if (key === 'f') onChange({ first: !first });
    if (key === 'p') onChange({ paused: state !== 'paused' });
  };
  return (
    <tr onKeyDown={onKeyDown}>
      <th scope="row">
        {named === null ? (
          name
        ) : (
          <Link to="/packages/$id" params={{ id: String(named.id) }}>
            {name}
          </Link>
        )}
        {first && <span className={styles['first']}>{texts.transfers.isFirst}</span>}
      </th>
      <td>
        <Sources transfer={transfer} here={here} />
      </td>
      <td>
        <StatePill tone={transferTones[state]}>{texts.transfers.states[state]}</StatePill>
      </td>
      <td>
        <Progress transfer={transfer} />
      </td>
      <td>{rateBytesPerSecond > 0 ? rateText(rateBytesPerSecond) : texts.none}</td>
      <td>{etaSeconds === null ? texts.none : durationText(etaSeconds)}</td>
      <td>
        <span className={styles['why']}>{reason ?? texts.none}</span>
        {state === 'retrying' && (
          <span className={styles['next']}>
            {texts.network.tries(tries)}, {texts.transfers.nextTry} {nextTryAt !== null && <Countdown to={nextTryAt} />}
          </span>
        )}
      </td>
      <td className={styles['acts']}>{mayChange && <RowActs name={name} transfer={transfer} onChange={onChange} />}</td>
    </tr>
  );
}

/** A line for each server that may serve it. */
function Sources({ transfer: { sources }, here }: Pick<Props, 'transfer' | 'here'>) {
  return sources.map(({ iss, name }) => (
    <div key={iss}>
      <Link to="/network/$iss" params={{ iss }} className={styles['source'] ?? ''}>
        {name ?? iss.slice(0, 8)}
      </Link>{' '}
      <span className={styles['dim']}>→ {here}</span>
    </div>
  ));
}

/** How much of it is here, verified; that is not known of one that was not tried since the server started. */
function Progress({ transfer: { sizeBytes, verifiedBytes, state } }: Pick<Props, 'transfer'>) {
  if (verifiedBytes === null) return sizeText(sizeBytes);
  return (
    <Group gap="xs" wrap="nowrap">
      <ShareBar share={sizeBytes === 0 ? 0 : verifiedBytes / sizeBytes} tone={transferTones[state]} width={64} />
      {texts.admin.resources.used(sizeText(verifiedBytes), sizeText(sizeBytes))}
    </Group>
  );
}

type ActsProps = Pick<Props, 'transfer' | 'onChange'> & { readonly name: string };

function RowActs({ name, transfer: { state, first }, onChange }: ActsProps) {
  const isPaused = state === 'paused';
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <RowAct
        label={isPaused ? texts.uploads.resume(name) : texts.uploads.pause(name)}
        shortcut="p"
        onClick={() => onChange({ paused: !isPaused })}
      >
        {isPaused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
      </RowAct>
      <RowAct
        label={first ? texts.transfers.notFirst(name) : texts.transfers.first(name)}
        shortcut="f"
        onClick={() => onChange({ first: !first })}
      >
        {first ? <IconArrowBarToDown size={16} /> : <IconArrowBarToUp size={16} />}
      </RowAct>
    </Group>
  );
}

type ActProps = {
  readonly label: string;
  readonly shortcut: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
};

function RowAct({ label, shortcut, onClick, children }: ActProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={texts.transfers.byKey(label, shortcut.toUpperCase())}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  );
}
