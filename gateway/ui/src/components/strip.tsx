import styles from './strip.module.css';

/** Equal parts of a file, in its order, each as full as it is. @param parts Percent of each @param label What it shows, in words */
export function Strip({ parts, label }: { readonly parts: readonly number[]; readonly label: string }) {
  return (
    <span className={styles['strip']} role="img" aria-label={label} title={label}>
      {parts.map((percent, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
        <span key={place} className={styles['part']}>
          <span style={{ height: `${percent}%` }} />
        </span>
      ))}
    </span>
  );
}
