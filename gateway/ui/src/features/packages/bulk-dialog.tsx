import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Shape } from '../../api/client.ts';
import { ToldError } from '../../api/told-error.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { sizeText } from '../../components/format.ts';
import { texts } from '../../texts.ts';
import styles from './act-dialog.module.css';
import { type BulkAct, type BulkResult, performAll, refresh, rehearseAll } from './package-acts.ts';

type Props = {
  readonly packages: readonly Shape<'Package'>[];
  readonly act: BulkAct;
  readonly onClose: () => void;
  /** Each was done. */
  readonly onDone: () => void;
};

/** Shows what an act would do to each of many packages, does it, and says which were refused and why. */
export function BulkDialog({ packages, act, onClose, onDone }: Props) {
  const queries = useQueryClient();
  const ids = packages.map(({ id }) => id);
  const queryKey = ['rehearsal', 'bulk', act, ids];
  const doing = useMutation({
    mutationFn: async (reason: string) => {
      // No version goes with many: what would be done is to be what was shown, and only that is done.
      const now = await rehearseAll(ids, act);
      if (JSON.stringify(now) !== JSON.stringify(rehearsal.data)) {
        queries.setQueryData(queryKey, now);
        throw new ToldError(texts.bulk.changedTitle, texts.bulk.changed);
      }
      const possible = now.filter(isDone).map(({ id }) => id);
      return [...(await performAll(possible, act, reason)), ...now.filter((result) => !isDone(result))];
    },
    onSuccess: async (results) => {
      await refresh(queries);
      if (results.every(isDone)) onDone();
    },
  });
  const rehearsal = useQuery({
    queryKey,
    queryFn: () => rehearseAll(ids, act),
    enabled: doing.isIdle,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const results = doing.data ?? rehearsal.data;
  const possible = rehearsal.data?.filter(isDone).length ?? 0;
  return (
    <ConfirmDialog
      title={act.act === 'promote' ? texts.bulk.promote(packages.length, act.to) : texts.bulk.remove(packages.length)}
      size="lg"
      button={{ label: texts.bulk.act(possible), isGrave: act.act === 'delete' }}
      error={doing.error ?? rehearsal.error}
      isPending={doing.isPending}
      isReady={possible > 0}
      isDone={doing.isSuccess}
      reason={{ hint: texts.acts.reasonHint }}
      onAct={doing.mutate}
      onClose={onClose}
    >
      {results !== undefined && <ResultTable packages={packages} results={results} wasDone={doing.isSuccess} />}
    </ConfirmDialog>
  );
}

const isDone = ({ status }: BulkResult) => status < 400;

type TableProps = Pick<Props, 'packages'> & { readonly results: readonly BulkResult[]; readonly wasDone: boolean };

function ResultTable({ packages, results, wasDone }: TableProps) {
  return (
    <table className={styles['effects']}>
      <caption className="visually-hidden">{texts.acts.effects}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.packages.name}</th>
          <th scope="col">{texts.bulk.result}</th>
        </tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <tr key={result.id} data-changes={isDone(result)}>
            <th scope="row">{packages.find(({ id }) => id === result.id)?.filename}</th>
            <td>{textOf(result, wasDone)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function textOf(result: BulkResult, wasDone: boolean): string {
  if (!isDone(result)) return result.detail ?? texts.bulk.refused;
  if (wasDone) return texts.bulk.done;
  const trashed = result.dryRun?.toTrash ?? [];
  if (trashed.length === 0) return texts.bulk.possible;
  const size = sizeText(trashed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return result.dryRun?.trashDays === 0 ? texts.bulk.loses(size) : texts.bulk.trashes(size);
}
