import { useEffect, useState } from 'react';
import { texts } from '../../texts.ts';
import styles from './upload-tray.module.css';

/** Takes files that are dropped anywhere on the page. */
export function DropArea({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    const events = [['dragover', over] as const, ['dragleave', leave] as const, ['drop', drop] as const];
    for (const [type, listener] of events) addEventListener(type, listener);
    return () => {
      for (const [type, listener] of events) removeEventListener(type, listener);
    };
  }, [onFiles]);
  return isOver ? <div className={styles['drop']}>{texts.uploads.drop}</div> : null;
}
