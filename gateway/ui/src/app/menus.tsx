import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../api/client.ts';
import { texts } from '../texts.ts';
import { navigation } from './navigation.ts';

/** Loaded at the click that opens it: it begins open. */
type Props = {
  /** The button that it belongs to. */
  readonly children: ReactNode;
};

const schemes = [
  ['light', texts.frame.light, IconSun],
  ['dark', texts.frame.dark, IconMoon],
  ['auto', texts.frame.system, IconDeviceDesktop],
] as const satisfies readonly (readonly [MantineColorScheme, string, typeof IconSun])[];

/** The colours, and the way out. */
export function AccountMenu({ children }: Props) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = async () => {
    await api.delete('/api/v1/session');
    location.assign('/');
  };
  return (
    <Menu defaultOpened position="bottom-end" width={200} returnFocus>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{texts.frame.theme}</Menu.Label>
        {schemes.map(([scheme, label, Icon]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === scheme ? '✓' : undefined}
            onClick={() => setColorScheme(scheme)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {texts.frame.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The pages, where there is no room for them beside the content. */
export function PageMenu({ children }: Props) {
  return (
    <Menu defaultOpened position="bottom-start" width={220} returnFocus>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {navigation.map(({ to, label, icon: Icon }) => (
          <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} stroke={1.7} />}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
