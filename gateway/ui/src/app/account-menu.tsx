import { Button, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconChevronDown, IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { api } from '../api/client.ts';
import { useRights } from '../features/session/session-queries.ts';
import { texts } from '../texts.ts';

const schemes = [
  ['light', texts.frame.light, IconSun],
  ['dark', texts.frame.dark, IconMoon],
  ['auto', texts.frame.system, IconDeviceDesktop],
] as const satisfies readonly (readonly [MantineColorScheme, string, typeof IconSun])[];

/** Who is signed in, the colours, and the way out. */
export function AccountMenu() {
  const { username } = useRights();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = async () => {
    await api.delete('/api/v1/session');
    location.assign('/');
  };
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          rightSection={<IconChevronDown size={14} />}
          aria-label={texts.frame.account(username)}
        >
          {username}
        </Button>
      </Menu.Target>
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
