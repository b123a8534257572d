import { IconActivity, IconAffiliate, IconArrowsExchange, IconPackages, IconSettings } from '@tabler/icons-react';
import { texts } from '../texts.ts';

/** The pages that the frame leads to, in their order. */
export const navigation = [
  { to: '/packages', label: texts.nav.packages, icon: IconPackages },
  { to: '/network', label: texts.nav.network, icon: IconAffiliate },
  { to: '/transfers', label: texts.nav.transfers, icon: IconArrowsExchange },
  { to: '/activity', label: texts.nav.activity, icon: IconActivity },
  { to: '/admin', label: texts.nav.admin, icon: IconSettings },
] as const;
