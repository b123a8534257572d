import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import styles from './activity.module.css';

/** Changes of a server that were not taken in, and never will be by themselves: its page lists them, with what to do. */
export function HeldBackCard({ peer }: { readonly peer: Shape<'Peer'> }) {
  const finals = peer.heldBackReasons.filter(({ isFinal }) => isFinal);
  return (
    <article className={styles['card']}>
      <div className={styles['cardHead']}>
        <StatePill tone="red">{texts.activity.heldBack}</StatePill>
        <strong>{peer.name}</strong>
        <span className={styles['sub']}>{texts.activity.heldBackOf(peer.heldBack)}</span>
      </div>
      {finals.map(({ code, reason, signedBy }) => (
        <p key={`${code} ${signedBy}`} className={styles['sub']}>
          {reason}
        </p>
      ))}
      <Group>
        <Button component={Link} to="/network/$iss" params={{ iss: peer.iss } as never} variant="default">
          {texts.activity.heldBackAct}
        </Button>
      </Group>
    </article>
  );
}
