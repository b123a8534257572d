import { Checkbox } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { CopyText } from '../../components/copy-text.tsx';
import { actorText, shortDigest, sizeText } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import type { Stage } from '../packages/package-acts.ts';
import type { DigestMessage } from './digest.worker.ts';
import { headsOf } from './taken-names.ts';
import { createTurns } from './turns.ts';
import styles from './upload-dialog.module.css';

/** How far the digest of a file is. */
type Digest = { readonly share: number; readonly sha256: string | undefined; readonly isUnreadable: boolean };

type TakenFileProps = {
  readonly file: File;
  readonly known: Shape<'Package'>;
  readonly stage: Stage | undefined;
  readonly isReplaced: boolean;
  readonly onReplace: (isReplaced: boolean) => void;
  readonly onDigest: (sha256: string) => void;
};

/** A file whose name is taken: what is there and what would come, side by side, before anybody says that it is to be replaced. */
export function TakenFile({ file, known, stage, isReplaced, onReplace, onDigest }: TakenFileProps) {
  const own = useDigest(file, onDigest);
  const heads = headsOf(known);
  const words = texts.uploads;
  const same = heads.find(({ sha256 }) => sha256 === own.sha256);
  const here = heads.find((head) => head.stage === stage);
  return (
    <div className={styles['taken']}>
      <table className={styles['contents']}>
        <caption>{words.taken}</caption>
        <thead>
          <tr>
            <th scope="col">{words.columns.what}</th>
            <th scope="col">{words.columns.size}</th>
            <th scope="col">{words.columns.digest}</th>
            <th scope="col">{words.columns.date}</th>
          </tr>
        </thead>
        <tbody>
          {heads.map((head) => (
            <tr key={head.stage}>
              <th scope="row">{words.there(head.stage)}</th>
              <td>{sizeText(head.sizeBytes ?? 0)}</td>
              <td>
                <DigestText sha256={head.sha256} />
              </td>
              <td>
                <Time at={head.changedAt} /> {words.columns.by(actorText(head.actor))}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">{words.yours}</th>
            <td>{sizeText(file.size)}</td>
            <td>{own.sha256 === undefined ? waitText(own) : <DigestText sha256={own.sha256} />}</td>
            <td>
              <Time at={new Date(file.lastModified).toISOString()} />
            </td>
          </tr>
        </tbody>
      </table>
      {same !== undefined && (
        <p className={styles['note']}>
          {same.stage === stage || stage === undefined ? words.sameHere(same.stage) : words.sameElsewhere(same.stage, stage)}
        </p>
      )}
      <Checkbox
        label={
          stage === undefined
            ? words.replaceUnknown
            : here === undefined
              ? words.putInto(stage, heads.map((head) => head.stage).join(', '))
              : words.replaceIn(stage)
        }
        checked={isReplaced}
        disabled={stage === undefined}
        onChange={({ currentTarget: { checked } }) => onReplace(checked)}
      />
    </div>
  );
}

const waitText = ({ share, isUnreadable }: Digest) =>
  isUnreadable ? texts.uploads.digestFailed : texts.uploads.digesting(share);

function DigestText({ sha256 }: { readonly sha256: string }) {
  return (
    <span className={styles['digest']} title={sha256}>
      {shortDigest(sha256)} <CopyText value={sha256} what="SHA-256" />
    </span>
  );
}

/** A hundred files that are read side by side would take a thread each, and wait for one disk. */
const digestTurns = createTurns(2);

/** Reads a file for its digest, beside the page; ended when it is not shown any more. */
function useDigest(file: File, onDigest: (sha256: string) => void): Digest {
  const [digest, setDigest] = useState<Digest>({ share: 0, sha256: undefined, isUnreadable: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file is read once, whoever is told of its digest
  useEffect(() => {
    let worker: Worker | undefined;
    const end = () => {
      worker?.terminate();
      leave();
    };
    const fail = () => {
      end();
      setDigest((before) => ({ ...before, isUnreadable: true }));
    };
    const leave = digestTurns.take(() => {
      worker = new Worker(new URL('./digest.worker.ts', import.meta.url), { type: 'module' });
      // As after an update of the server, which has other files now.
      worker.onerror = fail;
      worker.onmessage = ({ data }: MessageEvent<DigestMessage>) => {
        if (data.kind === 'read') return setDigest((before) => ({ ...before, share: data.bytes / Math.max(file.size, 1) }));
        if (data.kind === 'unreadable') return fail();
        end();
        setDigest({ share: 1, sha256: data.sha256, isUnreadable: false });
        onDigest(data.sha256);
      };
      worker.postMessage(file);
    });
    return end;
  }, [file]);
  return digest;
}
