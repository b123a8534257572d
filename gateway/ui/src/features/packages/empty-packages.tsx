import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { texts } from '../../texts.ts';
import { FirstSteps } from '../first-run/first-steps.tsx';
import styles from './packages.module.css';

type Props = {
  readonly isFiltered: boolean;
  /** Undefined for who may not. */
  readonly onUpload: (() => void) | undefined;
};

/** A list without a row: nothing matches, or nothing is there yet and there is something to begin with. */
export function EmptyPackages({ isFiltered, onUpload }: Props) {
  const navigate = useNavigate({ from: '/packages' });
  if (!isFiltered) return <FirstSteps onUpload={onUpload} />;
  return (
    <div className={styles['empty']}>
      <strong>{texts.packages.empty}</strong>
      <span>{texts.packages.emptyHint}</span>
      <Button variant="default" onClick={() => void navigate({ search: {} })}>
        {texts.packages.clear}
      </Button>
    </div>
  );
}
