import { useEffect, useState, useSyncExternalStore } from 'react';
import { late } from '../../components/late.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { chooseDropped, choosing } from './choosing.ts';
import styles from './upload-tray.module.css';

const UploadDialog = late(async () => (await import('./upload-dialog.tsx')).UploadDialog);

/** Takes files that are dropped anywhere on any page, and asks what is to become of them. */
export function DropArea() {
  const { canUpload } = useRights();
  const choice = useSyncExternalStore(choosing.listen, choosing.get);
  const isOver = useDrops(canUpload);
  return (
    <>
      {isOver && <div className={styles['drop']}>{texts.uploads.drop}</div>}
      {choice !== undefined && canUpload && <UploadDialog choice={choice} />}
    </>
  );
}

/** Whether files are held over the page. Who may not upload cannot drop them: the browser would leave the page for the file otherwise. */
function useDrops(canUpload: boolean): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = canUpload ? 'copy' : 'none';
      setOver(canUpload);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(false);
      if (canUpload) void chooseDropped(event.dataTransfer.items);
    };
    const events = [['dragover', over] as const, ['dragleave', leave] as const, ['drop', drop] as const];
    for (const [type, listener] of events) addEventListener(type, listener);
    return () => {
      for (const [type, listener] of events) removeEventListener(type, listener);
    };
  }, [canUpload]);
  return isOver;
}
