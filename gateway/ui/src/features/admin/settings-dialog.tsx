import { Button, Group, NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { ApiProblem } from '@odst/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { api, isStatus, type Shape } from '../../api/client.ts';
import { settingsQuery } from '../../api/settings-query.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { ShowAnew } from './account-dialog.tsx';
import styles from './admin-layout.module.css';
import { trashAtOnceQuery } from './admin-queries.ts';
import { TrashLeaving } from './trash-leaving.tsx';

const { fields } = texts.admin;

type Settings = Shape<'Settings'>;
type Change = { readonly [Name in keyof Shape<'SettingsChange'>]-?: NonNullable<Shape<'SettingsChange'>[Name]> };

type Props = {
  readonly settings: Settings;
  /** Begins anew with what they are now, where somebody else changed them meanwhile. */
  readonly onAnew: () => void;
  readonly onClose: () => void;
};

/** Changes settings: only what was changed is sent. */
export function SettingsDialog({ settings, onAnew, onClose }: Props) {
  const queries = useQueryClient();
  const [wanted, setWanted] = useState<Change>(settings);
  const save = useMutation({
    mutationFn: () =>
      api.patch('/api/v1/settings', {
        params: { header: { 'if-match': `"${settings.version}"` } },
        body: changesOf(settings, wanted),
      }),
    onSuccess: (saved) => {
      queries.setQueryData(settingsQuery.queryKey, saved);
      onClose();
    },
  });
  const change = (changed: Partial<Change>) => setWanted((before) => ({ ...before, ...changed }));
  const faults = save.error instanceof ApiProblem ? save.error.errors : [];
  const faultOf = (name: keyof Change) => faults.find(({ pointer }) => pointer === `/${name}`)?.detail;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const isShorter = wanted.trashDays < settings.trashDays;
  const trash = useQuery({ ...trashAtOnceQuery, enabled: isShorter });
  const hasChanged = Object.keys(changesOf(settings, wanted)).length > 0;
  return (
    <Dialog title={texts.admin.editTitle} onClose={onClose} isBusy={save.isPending}>
      <form className={styles['form']} onSubmit={submit}>
        {save.isError && <ProblemAlert error={save.error} action={isStatus(save.error, 412) && <ShowAnew onClick={onAnew} />} />}
        <TextInput
          label={fields.name}
          value={wanted.name}
          error={faultOf('name')}
          required
          maxLength={200}
          data-autofocus
          onChange={({ currentTarget: { value } }) => change({ name: value })}
        />
        <TextInput
          label={fields.url}
          description={texts.admin.urlHint}
          value={wanted.url}
          error={faultOf('url')}
          onChange={({ currentTarget: { value } }) => change({ url: value })}
        />
        <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
          <legend>{fields.stage}</legend>
          <SegmentedControl
            data={['Dev', 'Test', 'Prod']}
            value={wanted.stage}
            onChange={(stage) => change({ stage: stage as Change['stage'] })}
          />
        </fieldset>
        <Switch
          label={fields.firewalled}
          description={texts.admin.firewalledHint}
          checked={wanted.firewalledMode}
          onChange={({ currentTarget: { checked } }) => change({ firewalledMode: checked })}
        />
        <Select
          label={fields.deletions}
          data={(['follow', 'ask'] as const).map((value) => ({ value, label: texts.admin.deletions[value] }))}
          value={wanted.deletions}
          allowDeselect={false}
          onChange={(deletions) => deletions !== null && change({ deletions: deletions as Change['deletions'] })}
        />
        <NumberInput
          label={fields.trashDays}
          description={texts.admin.trashHint}
          value={wanted.trashDays}
          min={0}
          max={3_650}
          allowDecimal={false}
          error={faultOf('trashDays')}
          onChange={(days) => typeof days === 'number' && change({ trashDays: days })}
        />
        {isShorter && <TrashLeaving days={wanted.trashDays} />}
        <Group justify="flex-end">
          <Button variant="default" disabled={save.isPending} onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!hasChanged || (isShorter && !trash.isSuccess)}>
            {texts.admin.save}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

const names = ['name', 'url', 'stage', 'firewalledMode', 'deletions', 'trashDays'] as const;

function changesOf(before: Change, wanted: Change): Partial<Change> {
  return Object.fromEntries(names.filter((name) => before[name] !== wanted[name]).map((name) => [name, wanted[name]]));
}
