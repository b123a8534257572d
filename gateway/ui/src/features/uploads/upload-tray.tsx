import { ActionIcon, Button } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { durationText, rateText } from '../../components/format.ts';
import { ShareBar } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { LeftRow } from './left-row.tsx';
import { type LeftUpload, leftOf, leftQuery } from './left-uploads.ts';
import { isOver, shownOf, totalsOf, type UploadItem } from './upload-item.ts';
import { UploadRow } from './upload-row.tsx';
import styles from './upload-tray.module.css';
import { uploads } from './uploads.ts';

/** The files on their way, and what earlier visits left unfinished, on every page. */
export function UploadTray() {
  const items = useSyncExternalStore(uploads.listen, uploads.list);
  const { canUpload } = useRights();
  const unfinished = useQuery({ ...leftQuery, enabled: canUpload });
  const left = useMemo(() => leftOf(unfinished.data ?? [], items, uploads.ended()), [unfinished.data, items]);
  const [isFolded, setFolded] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  if (items.length === 0 && left.length === 0) return null;
  const { rows, hidden } = showsAll ? { rows: items, hidden: 0 } : shownOf(items);
  return (
    <section className={styles['tray']} aria-label={texts.uploads.tray} data-folded={isFolded}>
      <TrayHead items={items} left={left} isFolded={isFolded} onFold={() => setFolded(!isFolded)} />
      {!isFolded && (
        <ul className={styles['list']}>
          {rows.map((item) => (
            <UploadRow key={item.key} item={item} />
          ))}
          {hidden > 0 && (
            <li className={styles['more']}>
              <Button size="compact-xs" variant="subtle" onClick={() => setShowsAll(true)}>
                {texts.uploads.more(hidden)}
              </Button>
            </li>
          )}
          {left.map((one) => (
            <LeftRow key={one.id} left={one} />
          ))}
        </ul>
      )}
    </section>
  );
}

type TrayHeadProps = {
  readonly items: readonly UploadItem[];
  readonly left: readonly LeftUpload[];
  readonly isFolded: boolean;
  readonly onFold: () => void;
};

/** How it goes with all of them, which is all that a folded tray shows. */
function TrayHead({ items, left, isFolded, onFold }: TrayHeadProps) {
  const words = texts.uploads;
  const totals = totalsOf(items);
  const Fold = isFolded ? IconChevronUp : IconChevronDown;
  const told = [
    ...(totals.needy > 0 ? [words.needy(totals.needy)] : []),
    ...(items.length > 1 || isFolded ? [words.published(totals.published, items.length)] : []),
    ...(totals.bytesPerSecond > 0 ? [rateText(totals.bytesPerSecond)] : []),
    ...(totals.secondsLeft !== undefined ? [durationText(totals.secondsLeft)] : []),
  ];
  return (
    <header className={styles['head']}>
      <h2>{items.length > 0 ? words.count(items.length) : words.left(left.length)}</h2>
      <span className={styles['summary']} title={told.join(' · ')}>
        {items.length > 0 && told.join(' · ')}
      </span>
      {items.some(isOver) && (
        <Button size="compact-xs" variant="subtle" title={words.clearHint} onClick={() => uploads.clear()}>
          {words.clear}
        </Button>
      )}
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={isFolded ? words.unfold : words.fold}
        aria-expanded={!isFolded}
        onClick={onFold}
      >
        <Fold size={16} />
      </ActionIcon>
      {isFolded && items.length > 0 && (
        <div className={styles['total']}>
          <ShareBar share={totals.share} tone={totals.tone} width="100%" />
        </div>
      )}
    </header>
  );
}
