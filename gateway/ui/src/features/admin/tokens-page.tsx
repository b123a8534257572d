import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { useWantedAct } from '../../app/wanted-act.ts';
import { DataTable } from '../../components/data-table.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import styles from './admin-layout.module.css';
import { tokensQuery } from './admin-queries.ts';
import { RemovalDialog } from './removal-dialog.tsx';
import { TokenDialog } from './token-dialog.tsx';

/** API tokens: what scripts sign in with. */
export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const [isIssuing, setIssuing] = useState(false);
  useWantedAct('new-token', () => setIssuing(true));
  const [revoked, setRevoked] = useState<Shape<'ApiToken'>>();
  return (
    <>
      <div className={styles['acts']}>
        <Button leftSection={<IconKey size={16} />} onClick={() => setIssuing(true)}>
          {texts.tokens.issue}
        </Button>
      </div>
      <NotTold queries={[tokens]} />
      {tokens.data?.length === 0 && <p>{texts.tokens.none}</p>}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <DataTable label={texts.admin.parts.tokens} columns={texts.tokens.columns}>
          {tokens.data.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              <td>{token.username}</td>
              <td>{texts.roles[token.role]}</td>
              <td>{token.stages.length === 3 ? texts.accounts.allStages : token.stages.join(', ')}</td>
              <td>{token.expiresAt === null ? texts.tokens.never : <Time at={token.expiresAt} />}</td>
              <td>
                {token.lastUsedAt === null ? (
                  texts.tokens.unused
                ) : (
                  <>
                    <Time at={token.lastUsedAt} />, {token.lastUsedFrom}
                  </>
                )}
              </td>
              <td>
                <Button size="compact-sm" variant="light" color="red" onClick={() => setRevoked(token)}>
                  {texts.tokens.revoke}
                </Button>
              </td>
            </tr>
          ))}
        </DataTable>
      )}
      {isIssuing && <TokenDialog onClose={() => setIssuing(false)} />}
      {revoked !== undefined && (
        <RemovalDialog
          title={texts.tokens.revokeTitle(revoked.name)}
          what={texts.tokens.revokeWhat}
          path="/api/v1/tokens/{id}"
          params={{ id: revoked.id }}
          act={texts.tokens.revoke}
          onClose={() => setRevoked(undefined)}
        />
      )}
    </>
  );
}
