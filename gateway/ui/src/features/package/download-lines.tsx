import { Anchor, Group } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { CopyText } from '../../components/copy-text.tsx';
import { texts } from '../../texts.ts';
import { curlLine, downloadUrl } from './download-url.ts';
import styles from './package-panel.module.css';

/** How clients and people get the bytes that this server serves. */
export function DownloadLines({ filename }: { readonly filename: string }) {
  const url = downloadUrl(location.origin, filename);
  const curl = curlLine(url, filename);
  return (
    <Group className={styles['download']} gap="xs" wrap="nowrap">
      <Anchor href={url} download={filename} className={styles['link']}>
        <IconDownload size={16} aria-hidden="true" /> {texts.package.download}
      </Anchor>
      <code className={styles['curl']} title={curl}>
        {curl}
      </code>
      <CopyText value={curl} what={texts.package.curl} />
    </Group>
  );
}
