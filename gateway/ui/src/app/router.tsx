import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { NotLoaded } from '../components/late.tsx';
import { activitySearch } from '../features/activity/activity-search.ts';
import { auditSearch, resourcesSearch } from '../features/admin/admin-search.ts';
import { coverageSearch, networkSearch } from '../features/network/network-search.ts';
import { packagesSearch } from '../features/packages/packages-search.ts';
import { SessionGate } from '../features/session/session-gate.tsx';
import { transfersSearch } from '../features/transfers/transfers-search.ts';
import { Frame } from './frame.tsx';
import { PageError, UnknownPage } from './page-errors.tsx';

/**
 * A page that is loaded when somebody goes there. Where it cannot be loaded the router would load all anew by itself: while the server does
 * not answer that leaves an error page of the browser, and nothing of what goes on in the tray.
 */
function page<T extends Record<string, unknown>, Name extends keyof T>(load: () => Promise<T>, name: Name) {
  return lazyRouteComponent(() => load().catch(() => ({ [name]: NotLoaded }) as unknown as T), name);
}

const root = createRootRouteWithContext<{ readonly queries: QueryClient }>()({
  component: () => (
    <SessionGate>
      <Frame />
    </SessionGate>
  ),
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/packages', search: {} });
  },
});

const packages = createRoute({
  getParentRoute: () => root,
  path: '/packages',
  validateSearch: packagesSearch,
  component: page(() => import('../features/packages/packages-page.tsx'), 'PackagesPage'),
});

const onePackage = createRoute({
  getParentRoute: () => packages,
  path: '/$id',
  component: page(() => import('../features/package/package-panel.tsx'), 'PackagePanel'),
});

const network = createRoute({
  getParentRoute: () => root,
  path: '/network',
  validateSearch: networkSearch,
  component: page(() => import('../features/network/network-page.tsx'), 'NetworkPage'),
});

const coverage = createRoute({
  getParentRoute: () => root,
  path: '/network/coverage',
  validateSearch: coverageSearch,
  component: page(() => import('../features/network/coverage-page.tsx'), 'CoveragePage'),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/network/$iss',
  component: page(() => import('../features/network/server-page.tsx'), 'ServerPage'),
});

const transfers = createRoute({
  getParentRoute: () => root,
  path: '/transfers',
  validateSearch: transfersSearch,
  component: page(() => import('../features/transfers/transfers-page.tsx'), 'TransfersPage'),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: activitySearch,
  component: page(() => import('../features/activity/activity-page.tsx'), 'ActivityPage'),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  component: page(() => import('../features/admin/admin-layout.tsx'), 'AdminLayout'),
});

const adminParts = [
  createRoute({
    getParentRoute: () => admin,
    path: '/',
    component: page(() => import('../features/admin/settings-page.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/resources',
    validateSearch: resourcesSearch,
    component: page(() => import('../features/admin/resources-page.tsx'), 'ResourcesPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/storage',
    component: page(() => import('../features/admin/storage-page.tsx'), 'StoragePage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/accounts',
    component: page(() => import('../features/admin/accounts-page.tsx'), 'AccountsPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/tokens',
    component: page(() => import('../features/admin/tokens-page.tsx'), 'TokensPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/sessions',
    component: page(() => import('../features/admin/sessions-page.tsx'), 'SessionsPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/read-models',
    component: page(() => import('../features/admin/read-models-page.tsx'), 'ReadModelsPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/audit',
    validateSearch: auditSearch,
    component: page(() => import('../features/admin/audit-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/about',
    component: page(() => import('../features/admin/about-page.tsx'), 'AboutPage'),
  }),
] as const;

const routes = root.addChildren([
  home,
  packages.addChildren([onePackage]),
  network,
  coverage,
  server,
  transfers,
  activity,
  admin.addChildren(adminParts),
]);

/** All pages by their addresses. The filters of a page are in its address, so that every view is a link. */
export function createPages(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: UnknownPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
