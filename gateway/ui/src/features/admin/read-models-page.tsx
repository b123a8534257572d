import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Shape } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { NotTold, ProblemAlert } from '../../components/problem-alert.tsx';
import { StatePill, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { useRights } from '../session/session-queries.ts';
import { projectionsQuery } from './admin-queries.ts';

type Projection = Shape<'Projection'>;

const tones: Readonly<Record<Projection['state'], Tone>> = {
  live: 'green',
  failing: 'red',
  rebuilding: 'blue',
  outdated: 'amber',
};

/** What the services answer from, and its rebuild. */
export function ReadModelsPage() {
  const { isAdmin } = useRights();
  const queries = useQueryClient();
  const projections = useQuery(projectionsQuery);
  const rebuild = useMutation({
    mutationFn: (name: string) => api.post('/api/v1/projections/{name}/rebuild', { params: { path: { name } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['projections'] }),
  });
  return (
    <>
      <NotTold queries={[projections]} />
      {rebuild.isError && <ProblemAlert error={rebuild.error} />}
      {projections.data !== undefined && (
        <DataTable label={texts.admin.parts.readModels} columns={texts.readModels.columns}>
          {projections.data.map((projection) => (
            <tr key={projection.name}>
              <th scope="row">{projection.name}</th>
              <td>{projection.service}</td>
              <td>
                <StatePill tone={tones[projection.state]} {...(projection.failure !== null && { title: projection.failure })}>
                  {texts.readModels.states[projection.state]}
                </StatePill>
              </td>
              <td>{projection.position}</td>
              <td>{projection.lag}</td>
              <td>
                {isAdmin && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    disabled={projection.state === 'rebuilding'}
                    onClick={() => rebuild.mutate(projection.name)}
                  >
                    {texts.readModels.rebuild}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </DataTable>
      )}
    </>
  );
}
