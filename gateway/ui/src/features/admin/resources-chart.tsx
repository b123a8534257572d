import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { texts } from '../../texts.ts';
import styles from './resources.module.css';
import { type Chart, type Drawn, marksOf } from './resources-history.ts';

const height = 150;
/** Room at the left for the longest value, in pixels. */
const axisWidth = 68;
const font = '11px system-ui, sans-serif';

type Props = {
  readonly chart: Chart;
  readonly drawn: Drawn;
  /** The end of the scale; undefined for as high as the lines are. */
  readonly most: number | undefined;
  /** The whole span, in seconds since 1970, also where there is nothing to draw. */
  readonly span: readonly [from: number, to: number];
};

/** Lines over time. The table below has the same figures, so it tells who does not see it no more than that. */
export function ResourcesChart({ chart, drawn, most, span }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  const [from, to] = span;
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the scheme changes
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf(chart, { most, span: [from, to], isSparse: drawn[0].length < 4 }, element),
      drawn as uPlot.AlignedData,
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [chart, drawn, most, from, to, scheme]);
  return <div ref={place} className={styles['chart']} role="img" aria-label={texts.resources.drawn(chart.title)} />;
}

type Scale = { readonly most: number | undefined; readonly span: [number, number]; readonly isSparse: boolean };

function optionsOf({ key, lines, text }: Chart, { most, span, isSparse }: Scale, element: HTMLElement): uPlot.Options {
  const computed = getComputedStyle(element);
  const colour = (token: string) => computed.getPropertyValue(token).trim();
  const axis = { stroke: colour('--dim'), font, ticks: { show: false }, grid: { stroke: colour('--line'), width: 1 } };
  return {
    ...{ width: element.clientWidth, height, padding: [8, 8, 0, 0] },
    scales: { x: { time: true, range: span }, y: { range: (_plot, _low, high) => [0, most ?? Math.max(high * 1.15, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 26, values: (_plot, times) => times.map(clockText) },
      {
        ...{ ...axis, space: 34, size: axisWidth },
        values: (_plot, values) => values.map((value) => text(value).replace('.0 ', ' ')),
        ...(key !== 'cpu' && { splits: (_plot: uPlot, _axis: number, _low: number, high: number) => [...marksOf(high)] }),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: token }) => ({
        ...{ label, stroke: colour(token), width: 1.75, spanGaps: false },
        fill: lines.length === 1 ? `color-mix(in srgb, ${colour(token)} 14%, transparent)` : undefined,
        // Without a neighbour a value has no line.
        points: { show: isSparse, size: 5 },
      })),
    ] as uPlot.Series[],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'resources' }, points: { size: 6 } },
  };
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const clockText = (seconds: number) => clock.format(seconds * 1_000);
