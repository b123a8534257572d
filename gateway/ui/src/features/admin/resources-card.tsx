import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card, Facts } from '../../components/card.tsx';
import { durationText, sizeText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { ShareBar, type Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { systemQuery } from './admin-queries.ts';

/** What the machine has and uses now; how that was before is a page of its own. */
export function ResourcesCard() {
  const system = useQuery(systemQuery);
  const { resources } = texts.admin;
  if (system.data === undefined) return <NotTold queries={[system]} />;
  const { data } = system;
  return (
    <Card title={resources.title}>
      <NotTold queries={[system]} />
      <Facts
        facts={[
          [resources.disk, <Used key="disk" used={data.diskUsedBytes} total={data.diskTotalBytes} />],
          [resources.memory, <Used key="memory" used={data.memoryUsedBytes} total={data.memoryTotalBytes} />],
          [resources.cores, resources.load(data.cpuCount, data.loadAverage)],
          [resources.received, bytesText(data.networkReceivedBytes)],
          [resources.sent, bytesText(data.networkSentBytes)],
          [resources.uptime, durationText(data.uptimeSeconds)],
        ]}
      />
      <p>
        <Link to="/admin/resources">{resources.before}</Link>
      </p>
    </Card>
  );
}

/** How much of a whole is used, as a bar and in words. */
export function Used({ used, total }: { readonly used: number; readonly total: number }) {
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
