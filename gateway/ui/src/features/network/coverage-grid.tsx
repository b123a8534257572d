import { IconCircleCheckFilled, IconClockHour4, IconMinus, IconQuestionMark } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client.ts';
import { DataTable, useRowsInTurn } from '../../components/data-table.tsx';
import { texts } from '../../texts.ts';
import { type CellState, cellOf, type SeenSite } from './coverage-cells.ts';
import styles from './network.module.css';

type Head = Shape<'HeadCount'>;

/** Columns of the grid: the worst sites; how it is with the others stands in the table of sites. */
const mostSites = 12;

/** Packages by sites: the worst of both at the top left. A site that is silent is unknown in every row. */
export function CoverageGrid({ heads, sites }: { readonly heads: readonly Head[]; readonly sites: readonly SeenSite[] }) {
  const rows = useRowsInTurn(heads);
  if (heads.length === 0) return <p className={styles['note']}>{texts.coverage.noPackages}</p>;
  const shown = sites.slice(0, mostSites);
  const columns = [texts.coverage.package, texts.network.facts.stage, texts.coverage.heldBy, ...shown.map(({ name }) => name)];
  return (
    <>
      <div className={styles['grid']}>
        <DataTable label={texts.coverage.grid} columns={columns}>
          {rows.map((head) => (
            <tr key={`${head.id}${head.stage}`}>
              <th scope="row">
                <Link to="/packages/$id" params={{ id: String(head.id) }}>
                  {head.filename}
                </Link>
              </th>
              <td>{head.stage}</td>
              <td>{texts.packages.coverage(head.held, head.of)}</td>
              {shown.map((site) => (
                <td key={site.iss}>
                  <Cell state={cellOf(head, site)} />
                </td>
              ))}
            </tr>
          ))}
        </DataTable>
      </div>
      {sites.length > shown.length && <p className={styles['note']}>{texts.coverage.moreSites(sites.length - shown.length)}</p>}
    </>
  );
}

const cells = {
  held: { icon: IconCircleCheckFilled, tone: 'green' },
  lacked: { icon: IconClockHour4, tone: 'amber' },
  unknown: { icon: IconQuestionMark, tone: 'grey' },
  withheld: { icon: IconMinus, tone: 'grey' },
} as const;

function Cell({ state }: { readonly state: CellState }) {
  const { icon: Icon, tone } = cells[state];
  const words = texts.coverage.cells[state];
  return (
    <span className={`${styles['cell']} ${styles[tone]}`} title={words}>
      <Icon size={16} aria-hidden="true" />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
