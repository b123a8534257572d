import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { texts } from '../texts.ts';

/** Copies a text. @param what Its name, as "SHA-256" */
export function CopyText({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <CopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? texts.copied : texts.copy(what)}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={texts.copy(what)} onClick={copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
