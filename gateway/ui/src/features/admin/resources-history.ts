import type { Shape } from '../../api/client.ts';
import { rateText, sizeText } from '../../components/format.ts';
import { texts } from '../../texts.ts';

type Step = Shape<'SystemStep'>;

/** A line of a chart, which is a column of the table. */
export type Line = {
  readonly label: string;
  /** A colour of the tokens: `--blue-bar`. */
  readonly colour: string;
  readonly of: (step: Step, stepSeconds: number) => number | null;
};

/** Lines of one unit. */
export type Chart = {
  readonly key: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly text: (value: number) => string;
  /** The highest value of the scale; undefined for as high as the lines are. */
  readonly most?: (step: Step) => number;
};

const words = texts.resources;

const perSecond =
  (
    name:
      | 'networkReceivedBytes'
      | 'networkSentBytes'
      | 'uploadedBytes'
      | 'downloadedBytes'
      | 'syncReceivedBytes'
      | 'syncSentBytes',
  ) =>
  (step: Step, stepSeconds: number) => {
    const bytes = step[name];
    return bytes === null ? null : bytes / stepSeconds;
  };

/** A share of a whole. @param value 0 to 1 */
const shareText = (value: number) => `${(value * 100).toLocaleString('en', { maximumFractionDigits: value < 0.1 ? 1 : 0 })} %`;

/** What is drawn, and stands in the table. */
export const charts: readonly Chart[] = [
  {
    ...{ key: 'cpu', title: words.cpu, text: shareText, most: () => 1 },
    lines: [{ label: words.busy, colour: '--blue-bar', of: ({ cpuLoad }) => cpuLoad }],
  },
  {
    ...{ key: 'memory', title: words.memory, text: sizeText, most: ({ memoryTotalBytes }) => memoryTotalBytes },
    lines: [{ label: words.used, colour: '--blue-bar', of: ({ memoryUsedBytes }) => memoryUsedBytes }],
  },
  {
    ...{ key: 'disk', title: words.disk, text: sizeText, most: ({ diskTotalBytes }) => diskTotalBytes },
    lines: [
      { label: words.used, colour: '--blue-bar', of: ({ diskUsedBytes }) => diskUsedBytes },
      { label: words.held, colour: '--green-bar', of: ({ heldBytes }) => heldBytes },
    ],
  },
  {
    ...{ key: 'network', title: words.network, text: rateText },
    lines: [
      { label: words.received, colour: '--blue-bar', of: perSecond('networkReceivedBytes') },
      { label: words.sent, colour: '--amber-bar', of: perSecond('networkSentBytes') },
    ],
  },
  {
    ...{ key: 'clients', title: words.clients, text: rateText },
    lines: [
      { label: words.downloaded, colour: '--blue-bar', of: perSecond('downloadedBytes') },
      { label: words.uploaded, colour: '--green-bar', of: perSecond('uploadedBytes') },
    ],
  },
  {
    ...{ key: 'sync', title: words.sync, text: rateText },
    lines: [
      { label: words.fromServers, colour: '--blue-bar', of: perSecond('syncReceivedBytes') },
      { label: words.toServers, colour: '--amber-bar', of: perSecond('syncSentBytes') },
    ],
  },
];

/** Marks of a scale of bytes: whole kilobytes, megabytes and so on, four of them at most. */
export function marksOf(most: number): readonly number[] {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(most, 1)) / 10));
  const step = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => most / (one * unit) <= 4) ?? 1_000;
  return Array.from({ length: Math.floor(most / (step * unit)) + 1 }, (_, index) => index * step * unit);
}

/** Times in seconds, and a list of values for each line. */
export type Drawn = readonly [times: readonly number[], ...values: readonly (readonly (number | null)[])[]];

/** What a chart draws of a history: where steps are missing the lines break off, as nothing is known of that time. */
export function drawnOf({ lines }: Chart, steps: readonly Step[], stepSeconds: number): Drawn {
  const times: number[] = [];
  const shown: (Step | undefined)[] = [];
  for (const step of steps) {
    const at = Date.parse(step.at) / 1_000;
    const before = times.at(-1);
    if (before !== undefined && at - before > stepSeconds * 1.5) {
      times.push(before + stepSeconds);
      shown.push(undefined);
    }
    times.push(at);
    shown.push(step);
  }
  return [times, ...lines.map(({ of }) => shown.map((step) => (step === undefined ? null : of(step, stepSeconds))))];
}
