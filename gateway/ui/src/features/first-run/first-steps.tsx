import { IconCircleCheckFilled, IconCircleDashed } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { peersQuery } from '../../api/peers-query.ts';
import { settingsQuery } from '../../api/settings-query.ts';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import styles from './first-steps.module.css';

/** What a new server is given first, in three lines, each ticked when it is done. */
export function FirstSteps({ onUpload }: { readonly onUpload: (() => void) | undefined }) {
  const settings = useQuery(settingsQuery);
  const peers = useQuery(peersQuery);
  const { isAdmin } = useRights();
  const steps = [
    { ...steps3.name, isDone: settings.data !== undefined && settings.data.name !== 'ODS' },
    { ...steps3.upload, isDone: false },
    { ...steps3.connect, isDone: (peers.data?.length ?? 0) > 0 },
  ];
  return (
    <section className={styles['card']}>
      <h2>{texts.firstRun.title}</h2>
      <ol className={styles['steps']}>
        {steps.map(({ to, title, hint, isDone }) => {
          const Icon = isDone ? IconCircleCheckFilled : IconCircleDashed;
          return (
            <li key={title} data-done={isDone}>
              <Icon size={22} aria-hidden="true" />
              <div>
                <Step {...{ to, title, onUpload, isAdmin }} />
                {isDone && <span className="visually-hidden"> ({texts.firstRun.done})</span>}
                <div className={styles['hint']}>{hint}</div>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

type StepProps = {
  readonly to: '/admin' | '/network' | undefined;
  readonly title: string;
  readonly onUpload: (() => void) | undefined;
  readonly isAdmin: boolean;
};

/** The way to do it, for who may. */
function Step({ to, title, onUpload, isAdmin }: StepProps) {
  if (to !== undefined && isAdmin) return <Link to={to}>{title}</Link>;
  if (to !== undefined || onUpload === undefined) return <strong>{title}</strong>;
  return (
    <button type="button" className={styles['link']} onClick={onUpload}>
      {title}
    </button>
  );
}

const steps3 = {
  name: { to: '/admin', title: texts.firstRun.name, hint: texts.firstRun.nameHint },
  upload: { to: undefined, title: texts.firstRun.upload, hint: texts.firstRun.uploadHint },
  connect: { to: '/network', title: texts.firstRun.connect, hint: texts.firstRun.connectHint },
} as const;
