import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { texts } from '../../texts.ts';
import { FirstSteps } from '../first-run/first-steps.tsx';
import styles from './packages.module.css';
import { filtersIn, type PackagesSearch } from './packages-search.ts';

type Props = {
  readonly search: PackagesSearch;
  /** Undefined for who may not. */
  readonly onUpload: (() => void) | undefined;
};

/** A list without a row: nothing matches, or nothing is there yet and there is something to begin with. */
export function EmptyPackages({ search: { q, show }, onUpload }: Props) {
  const navigate = useNavigate({ from: '/packages' });
  const showAll = () => {
    // The button goes with what it ends.
    document.querySelector<HTMLElement>('main input[type="search"]')?.focus();
    void navigate({ to: '.', search: ({ sort }) => ({ sort }) });
  };
  if (q === undefined && show === undefined) return <FirstSteps onUpload={onUpload} />;
  return (
    <div className={styles['empty']}>
      <strong>
        {texts.packages.empty(
          q,
          filtersIn(show)
            .map((one) => texts.packages.filters[one])
            .join(', '),
        )}
      </strong>
      <span>{texts.packages.emptyHint}</span>
      <Button variant="default" data-focus-home onClick={showAll}>
        {texts.packages.clear}
      </Button>
    </div>
  );
}
