import '@xyflow/react/dist/style.css';
import { useMantineColorScheme } from '@mantine/core';
import { IconWall } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { useMemo } from 'react';
import { StatePill } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';
import { linksOf, nodeSize, placesOf } from './mesh-layout.ts';
import styles from './network.module.css';
import type { ServerRow } from './server-row.tsx';
import { stateOf } from './server-state.ts';

type Shown = Parameters<typeof ServerRow>[0];
type ServerNodeType = Node<Shown, 'server'>;

const nodeTypes = { server: ServerNode };

/** The mesh as nodes and links. Which servers there are decides where they stand, so that a new state moves none. */
export function MeshPicture({ servers }: { readonly servers: readonly Shown[] }) {
  const { colorScheme } = useMantineColorScheme();
  const key = servers.map(({ server }) => `${server.iss} ${server.relation} ${server.introducedBy}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the places depend on
  const places = useMemo(() => placesOf(servers.map(({ server }) => server)), [key]);
  const lowest = Math.max(...[...places.values()].map(({ y }) => y));
  const nodes = servers.map(
    (data): ServerNodeType => ({
      ...{ id: data.server.iss, type: 'server', data, ...nodeSize },
      position: places.get(data.server.iss) ?? { x: 0, y: 0 },
    }),
  );
  const edges = linksOf(servers.map(({ server }) => server)).map(
    ({ from, to, isRegistered }): Edge => ({
      ...{ id: `${from} ${to}`, source: from, target: to },
      style: { stroke: 'var(--grey)', strokeWidth: 1.6, ...(!isRegistered && { strokeDasharray: '5 5' }) },
    }),
  );
  return (
    <>
      <section className={styles['picture']} style={{ height: lowest + 180 }} aria-label={texts.network.picture}>
        <ReactFlow
          key={key}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
          fitView
          fitViewOptions={{ padding: 0.12, maxZoom: 1 }}
          minZoom={0.1}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
        >
          <Controls showInteractive={false} />
        </ReactFlow>
      </section>
      <ul className={styles['legend']}>
        <li>
          <span className={styles['line']} aria-hidden="true" /> {texts.network.links.registered}
        </li>
        <li>
          <span className={`${styles['line']} ${styles['dashed']}`} aria-hidden="true" /> {texts.network.links.introduced}
        </li>
        <li>
          <IconWall size={15} aria-hidden="true" /> {texts.network.links.firewalled}
        </li>
      </ul>
    </>
  );
}

function ServerNode({ data: { server, peer, site } }: NodeProps<ServerNodeType>) {
  const state = stateOf({ server, peer, site });
  return (
    <div className={`${styles['node']} ${server.relation === 'self' ? styles['self'] : ''}`}>
      <Handle type="target" position={Position.Left} className={styles['handle'] ?? ''} isConnectable={false} />
      <Link to="/network/$iss" params={{ iss: server.iss }} title={server.name}>
        {server.name}
      </Link>
      <span className={styles['nodeFacts']}>
        <StatePill tone={state.tone}>{state.text}</StatePill>
        <span className={styles['wall']}>
          {server.firewalledMode && <IconWall size={15} aria-label={texts.frame.firewalled} />}
          {server.stage}
        </span>
      </span>
      <Handle type="source" position={Position.Right} className={styles['handle'] ?? ''} isConnectable={false} />
    </div>
  );
}
