import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Shape } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { shortDigest, sizeText } from '../../components/format.ts';
import { texts } from '../../texts.ts';
import { serversQuery } from '../network/network-queries.ts';
import styles from './act-dialog.module.css';
import { type Effects, type PackageAct, perform, refresh, rehearse, type Stage } from './package-acts.ts';

type Props = {
  readonly shown: Shape<'Package'>;
  readonly act: PackageAct;
  readonly onClose: () => void;
};

/** Shows what an act would do, and does it when somebody says so. */
export function ActDialog({ shown, act, onClose }: Props) {
  const queries = useQueryClient();
  const { id, version, filename } = shown;
  const doing = useMutation({
    mutationFn: (reason: string) => perform(shown, act, reason),
    // The page is current before it can be used again: the next act would be refused as one on what was seen before.
    onSuccess: async () => {
      await refresh(queries);
      onClose();
    },
  });
  const rehearsal = useQuery({
    queryKey: ['rehearsal', id, version, act],
    queryFn: () => rehearse(shown, act),
    enabled: doing.isIdle || doing.isError,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const { title, button } = wordsOf(act, filename);
  return (
    <ConfirmDialog
      title={title}
      size="lg"
      button={{ label: button, isGrave: act.kind === 'delete' }}
      error={doing.error ?? rehearsal.error}
      isPending={doing.isPending}
      isReady={rehearsal.isSuccess}
      reason={{ hint: texts.acts.reasonHint }}
      onAct={doing.mutate}
      onClose={onClose}
    >
      {rehearsal.data !== undefined && <EffectsTable effects={rehearsal.data} />}
    </ConfirmDialog>
  );
}

function wordsOf(act: PackageAct, filename: string): { readonly title: string; readonly button: string } {
  const { acts } = texts;
  switch (act.kind) {
    case 'promote':
      return { title: acts.promoteTitle(filename, act.to), button: acts.promote(act.to) };
    case 'demote':
      return { title: acts.demoteTitle(filename, act.to), button: acts.demote(act.to) };
    case 'rollback':
      return { title: acts.rollbackTitle(filename, act.stage), button: acts.rollback };
    case 'restore':
      return { title: acts.restoreTitle(filename), button: acts.restore };
    case 'delete':
      return { title: acts.deleteTitle(filename, act.stage), button: acts.remove(act.stage) };
    case 'confirm':
      return { title: acts.confirmTitle(filename), button: acts.confirm };
  }
}

/** What the servers of each stage serve before and after, which ones they are, and what goes into the trash. */
export function EffectsTable({ effects: { effects, toTrash, trashDays } }: { readonly effects: Effects }) {
  const { data: servers } = useQuery(serversQuery);
  const namesOf = (wanted: Stage) =>
    servers?.filter(({ stage, blocked, retired, relation }) => stage === wanted && !blocked && !retired && relation !== 'former');
  return (
    <>
      <table className={styles['effects']}>
        <caption className="visually-hidden">{texts.acts.effects}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.acts.servers}</th>
            <th scope="col">{texts.acts.before}</th>
            <th scope="col">{texts.acts.after}</th>
          </tr>
        </thead>
        <tbody>
          {effects.map(({ stage, before, after }) => {
            const changes = before?.sha256 !== after?.sha256;
            return (
              <tr key={stage} data-changes={changes}>
                <th scope="row">
                  {stage}
                  <div className={styles['sites']}>{texts.acts.sites(namesOf(stage)?.map(({ name }) => name))}</div>
                </th>
                <td>{contentText(before)}</td>
                <td>{changes ? contentText(after) : texts.acts.same}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {toTrash.map(({ sha256, sizeBytes }) => (
        <p key={sha256} className={styles['trash']}>
          {trashDays === 0
            ? texts.acts.lost(sizeText(sizeBytes), shortDigest(sha256))
            : texts.acts.toTrash(sizeText(sizeBytes), shortDigest(sha256), trashDays)}
        </p>
      ))}
    </>
  );
}

function contentText(content: Effects['effects'][number]['before']): string {
  return content === null ? texts.acts.nothing : `${sizeText(content.sizeBytes)}, ${shortDigest(content.sha256)}`;
}
