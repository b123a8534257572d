import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
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
  const [reason, setReason] = useState('');
  const ids = packages.map(({ id }) => id);
  const doing = useMutation({
    mutationFn: () => performAll(ids, act, reason.trim()),
    onSuccess: async (results) => {
      await refresh(queries);
      if (results.every(isDone)) onDone();
    },
  });
  const rehearsal = useQuery({
    queryKey: ['rehearsal', 'bulk', act, ids],
    queryFn: () => rehearseAll(ids, act),
    enabled: doing.isIdle,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const results = doing.data ?? rehearsal.data;
  const possible = rehearsal.data?.filter(isDone).length ?? 0;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    doing.mutate();
  };
  const title = act.act === 'promote' ? texts.bulk.promote(packages.length, act.to) : texts.bulk.remove(packages.length);
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': texts.close }}>
      <form className={styles['form']} onSubmit={submit}>
        {[rehearsal, doing].map(
          ({ isError, error }, index) => isError && <ProblemAlert key={index === 0 ? 'dry' : 'done'} error={error} />,
        )}
        {results !== undefined && <ResultTable packages={packages} results={results} wasDone={doing.isSuccess} />}
        {!doing.isSuccess && (
          <TextInput
            label={texts.acts.reason}
            description={texts.acts.reasonHint}
            maxLength={1_000}
            value={reason}
            data-autofocus
            onChange={({ currentTarget: { value } }) => setReason(value)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {doing.isSuccess ? texts.close : texts.cancel}
          </Button>
          {!doing.isSuccess && (
            <Button
              type="submit"
              color={act.act === 'delete' ? 'red' : 'accent'}
              loading={doing.isPending}
              disabled={possible === 0}
            >
              {texts.bulk.act(possible)}
            </Button>
          )}
        </Group>
      </form>
    </Modal>
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
  const bytes = trashed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return trashed.length === 0 ? texts.bulk.possible : texts.bulk.trashes(sizeText(bytes));
}
