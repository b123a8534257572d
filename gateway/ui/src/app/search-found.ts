import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  type Icon,
  IconBolt,
  IconBox,
  IconFileText,
  IconKey,
  IconLogout,
  IconPlugConnected,
  IconServer,
  IconSettings,
  IconSun,
  IconUpload,
  IconUserPlus,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { serversQuery } from '../features/network/network-queries.ts';
import { useRights } from '../features/session/session-queries.ts';
import { signOut } from '../features/session/sign-out.ts';
import { choosing } from '../features/uploads/choosing.ts';
import { texts } from '../texts.ts';
import { navigation } from './navigation.ts';
import { type Findable, ranked } from './search-ranking.ts';
import { type WantedAct, wantAct } from './wanted-act.ts';

/** Something that was found, and what Enter does with it. */
export type Found = Findable & {
  readonly key: string;
  readonly icon: Icon;
  /** What it is: a package, a server, a setting, an act, a page. */
  readonly kind: keyof typeof texts.frame.found;
  readonly go: () => unknown;
};

const mostOfKind = 6;

/** What is found by what was typed: what fits best first, by the rights of who seeks. Packages are found by the server. */
export function useFound(typed: string): readonly Found[] {
  const [asked] = useDebouncedValue(typed.trim(), 120);
  const [acts, places, servers] = [useActs(), usePlaces(), useServers()];
  const packages = usePackages(asked);
  if (typed.trim() === '') return [...acts, ...places.filter(({ kind }) => kind === 'page')];
  // Packages come a moment later: those of the word before are shown no longer than they fit.
  const kinds = [ranked(packages, typed), ranked(servers, typed), ranked(acts, typed), ranked(places, typed)];
  return ranked(
    kinds.flatMap((kind) => kind.slice(0, mostOfKind)),
    typed,
  );
}

function usePackages(asked: string): readonly Found[] {
  const navigate = useNavigate();
  const { data = [] } = useQuery({
    queryKey: ['packages', 'search', asked],
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/packages', { params: { query: { q: asked, limit: 8 } }, signal })).items,
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  return data.map(({ id, filename }) => ({
    ...{ key: `package-${id}`, icon: IconBox, kind: 'package' as const, label: filename },
    go: () => navigate({ to: '/packages/$id', params: { id: String(id) } }),
  }));
}

function useServers(): readonly Found[] {
  const navigate = useNavigate();
  const { data = [] } = useQuery(serversQuery);
  return data.map(({ iss, name, url }) => ({
    ...{ key: `server-${iss}`, icon: IconServer, kind: 'server' as const, label: name, also: `${url} ${iss}` },
    go: () => navigate({ to: '/network/$iss', params: { iss } }),
  }));
}

/** Pages, and the settings, which are all on one. */
function usePlaces(): readonly Found[] {
  const navigate = useNavigate();
  const { isAdmin } = useRights();
  const { parts, fields } = texts.admin;
  const pages = navigation.map(({ to, label, icon }) => ({
    ...{ key: `page-${to}`, icon, kind: 'page' as const, label },
    go: () => navigate({ to }),
  }));
  const below = [
    ['/network/coverage', texts.frame.coverage, false],
    ['/admin/resources', parts.resources, false],
    ['/admin/storage', parts.storage, false],
    ['/admin/accounts', parts.accounts, true],
    ['/admin/tokens', parts.tokens, false],
    ['/admin/sessions', parts.sessions, false],
    ['/admin/read-models', parts.readModels, false],
    ['/admin/audit', parts.audit, true],
    ['/admin/about', parts.about, false],
  ] as const;
  return [
    ...pages,
    ...below
      .filter(([, , adminOnly]) => isAdmin || !adminOnly)
      .map(([to, label]) => ({
        ...{ key: `page-${to}`, icon: IconFileText, kind: 'page' as const, label, also: texts.frame.also[to] ?? '' },
        go: () => navigate({ to }),
      })),
    ...Object.entries(fields).map(([name, label]) => ({
      ...{ key: `setting-${name}`, icon: IconSettings, kind: 'setting' as const, label, also: texts.admin.parts.settings },
      go: () => navigate({ to: '/admin' }),
    })),
  ];
}

/** What can be done from anywhere, as far as who seeks may do it. */
function useActs(): readonly Found[] {
  const navigate = useNavigate();
  const { canUpload, isAdmin } = useRights();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const of = (key: string, icon: Icon, label: string) => ({ key: `act-${key}`, icon, kind: 'act' as const, label });
  const act = (key: WantedAct, icon: Icon, label: string, to: string) => ({
    ...of(key, icon, label),
    go: async () => {
      await navigate({ to });
      wantAct(key);
    },
  });
  const colours = (
    [
      ['light', texts.frame.light],
      ['dark', texts.frame.dark],
      ['auto', texts.frame.system],
    ] as const
  ).filter(([scheme]) => scheme !== colorScheme);
  return [
    ...(canUpload ? [{ ...of('upload', IconUpload, texts.packages.upload), go: () => choosing.open() }] : []),
    ...(isAdmin ? [act('new-account', IconUserPlus, texts.accounts.make, '/admin/accounts')] : []),
    act('new-token', IconKey, texts.frame.newToken, '/admin/tokens'),
    ...(isAdmin ? [act('register', IconPlugConnected, texts.network.register, '/network')] : []),
    ...(isAdmin ? [{ ...of('rebuild', IconBolt, texts.frame.rebuild), go: () => navigate({ to: '/admin/read-models' }) }] : []),
    ...colours.map(([scheme, label]) => ({
      ...of(`colours-${scheme}`, IconSun, texts.frame.colours(label)),
      go: () => setColorScheme(scheme),
    })),
    { ...of('sign-out', IconLogout, texts.frame.signOut), go: signOut },
  ];
}
