import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shape } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { NotTold } from '../../components/problem-alert.tsx';
import { Time } from '../../components/time.tsx';
import { texts } from '../../texts.ts';
import { sessionsQuery } from './admin-queries.ts';
import { RemovalDialog } from './removal-dialog.tsx';

/** Who is signed in, from where. */
export function SessionsPage() {
  const sessions = useQuery(sessionsQuery);
  const [ended, setEnded] = useState<Shape<'Session'>>();
  if (sessions.data === undefined) return <NotTold queries={[sessions]} />;
  return (
    <>
      <NotTold queries={[sessions]} />
      <DataTable label={texts.admin.parts.sessions} columns={texts.sessions.columns}>
        {sessions.data.map((session) => (
          <tr key={session.id}>
            <th scope="row">{session.username}</th>
            <td>{session.remoteAddress}</td>
            <td title={session.userAgent}>{session.userAgent.slice(0, 60)}</td>
            <td>
              <Time at={session.startedAt} />
            </td>
            <td>
              <Time at={session.activeAt} />
            </td>
            <td>
              {session.current ? (
                texts.sessions.current
              ) : (
                <Button size="compact-sm" variant="light" color="red" onClick={() => setEnded(session)}>
                  {texts.sessions.end}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </DataTable>
      {ended !== undefined && (
        <RemovalDialog
          title={texts.sessions.endTitle(ended.username)}
          what={texts.sessions.endWhat}
          path="/api/v1/sessions/{id}"
          params={{ id: ended.id }}
          act={texts.sessions.end}
          onClose={() => setEnded(undefined)}
        />
      )}
    </>
  );
}
