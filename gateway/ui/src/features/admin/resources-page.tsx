import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import type { Shape } from '../../api/client.ts';
import { shortTimeText } from '../../components/format.ts';
import { NotTold } from '../../components/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { systemHistoryQuery } from './admin-queries.ts';
import { spans } from './admin-search.ts';
import styles from './resources.module.css';
import { type Chart, charts, drawnOf } from './resources-history.ts';

const ResourcesChart = lazy(async () => ({ default: (await import('./resources-chart.tsx')).ResourcesChart }));

const words = texts.resources;

/** How the machine fared over the last hours, drawn and as figures. */
export function ResourcesPage() {
  const { hours = 24 } = useSearch({ from: '/admin/resources' });
  const navigate = useNavigate({ from: '/admin/resources' });
  const history = useQuery(systemHistoryQuery(hours));
  const { data } = history;
  return (
    <>
      <div className={styles['range']}>
        <SegmentedControl
          aria-label={words.span}
          data={spans.map((span) => ({ value: String(span), label: words.hours(span) }))}
          value={String(hours)}
          onChange={(chosen) => void navigate({ search: { hours: spans.find((span) => String(span) === chosen) } })}
        />
        {data !== undefined && <span className={styles['note']}>{words.measured(data.stepSeconds / 60)}</span>}
      </div>
      <NotTold queries={[history]} />
      {data?.items.length === 0 && <p>{words.none}</p>}
      {data !== undefined && data.items.length > 0 && (
        <>
          <div className={styles['charts']}>
            {charts.map((chart) => (
              <Panel key={chart.key} chart={chart} history={data} hours={hours} askedAt={history.dataUpdatedAt} />
            ))}
          </div>
          <h2 className={styles['heading']}>{words.figures}</h2>
          <FiguresTable history={data} />
        </>
      )}
    </>
  );
}

type History = { readonly items: readonly Shape<'SystemStep'>[]; readonly stepSeconds: number };

type PanelProps = { readonly chart: Chart; readonly history: History; readonly hours: number; readonly askedAt: number };

function Panel({ chart, history: { items, stepSeconds }, hours, askedAt }: PanelProps) {
  const drawn = useMemo(() => drawnOf(chart, items, stepSeconds), [chart, items, stepSeconds]);
  const last = items.at(-1);
  const { most: mostOf } = chart;
  const most = mostOf && Math.max(...items.map(mostOf));
  const to = Math.max(askedAt / 1_000, drawn[0].at(-1) ?? 0);
  const from = to - hours * 3_600;
  const span = useMemo(() => [from, to] as const, [from, to]);
  return (
    <section className={styles['panel']} aria-label={chart.title}>
      <div className={styles['panelHead']}>
        <h2>{chart.title}</h2>
        {chart.lines.map(({ label, colour, of }) => (
          <span key={label} className={styles['legend']}>
            <span className={styles['swatch']} style={{ background: `var(${colour})` }} aria-hidden="true" />
            {label}
            <b>{last === undefined ? texts.none : valueText(of(last, stepSeconds), chart)}</b>
          </span>
        ))}
        {most !== undefined && chart.key !== 'cpu' && <span className={styles['legend']}>{words.of(chart.text(most))}</span>}
      </div>
      <Suspense fallback={<div className={styles['chart']} />}>
        <ResourcesChart chart={chart} drawn={drawn} most={most} span={span} />
      </Suspense>
    </section>
  );
}

function FiguresTable({ history: { items, stepSeconds } }: { readonly history: History }) {
  const now = new Date();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it with the keys
    <section className={styles['figures']} aria-label={words.figures} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{words.figures}</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {words.until}
            </th>
            {charts.map(({ key, title, lines }) => (
              <th key={key} scope="colgroup" colSpan={lines.length}>
                {title}
              </th>
            ))}
          </tr>
          <tr>
            {charts.flatMap(({ key, lines }) =>
              lines.map(({ label }) => (
                <th key={`${key} ${label}`} scope="col">
                  {label}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {items.toReversed().map((step) => (
            <tr key={step.at}>
              <th scope="row">{shortTimeText(new Date(step.at), now)}</th>
              {charts.flatMap((chart) =>
                chart.lines.map(({ label, of }) => (
                  <td key={`${chart.key} ${label}`}>{valueText(of(step, stepSeconds), chart)}</td>
                )),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const valueText = (value: number | null, { text }: Chart) => (value === null ? texts.none : text(value));
