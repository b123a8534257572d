import { useQuery } from '@tanstack/react-query';
import { Card, Facts } from '../../components/card.tsx';
import { durationText, sizeText } from '../../components/format.ts';
import { ProblemAlert } from '../../components/problem-alert.tsx';
import { ShareBar, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { systemQuery } from './admin-queries.ts';

/** What the machine has and uses. */
export function ResourcesCard() {
  const system = useQuery(systemQuery);
  const { resources } = texts.admin;
  if (system.isError) return <ProblemAlert error={system.error} />;
  if (system.data === undefined) return null;
  const { data } = system;
  return (
    <Card title={resources.title}>
      <Facts
        facts={[
          [resources.disk, <Used key="disk" used={data.disk_used} total={data.disk_total} />],
          [resources.memory, <Used key="memory" used={data.mem_used} total={data.mem_total} />],
          [resources.cores, String(data.cpu_count)],
          [resources.received, bytesText(data.network_bytes_received)],
          [resources.sent, bytesText(data.network_bytes_sent)],
          [resources.uptime, durationText(data.uptime)],
        ]}
      />
    </Card>
  );
}

function Used({ used, total }: { readonly used: number | null; readonly total: number | null }) {
  if (used === null || total === null) return texts.none;
  const share = total === 0 ? 0 : used / total;
  const tone: Tone = share > 0.95 ? 'red' : share > 0.85 ? 'amber' : 'blue';
  return (
    <>
      <ShareBar share={share} tone={tone} width={120} />
      {texts.admin.resources.used(sizeText(used), sizeText(total))}
    </>
  );
}

const bytesText = (bytes: number | null) => (bytes === null ? texts.none : sizeText(bytes));
