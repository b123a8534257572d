import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLock, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { late } from '../components/late.tsx';
import { signOut } from '../features/session/sign-out.ts';
import { texts } from '../texts.ts';
import { navigation } from './navigation.ts';

const PasswordDialog = late(async () => (await import('../features/session/password-dialog.tsx')).PasswordDialog);

/** Loaded at the click that opens it: it begins open. */
type Props = {
  /** The button that it belongs to. */
  readonly children: ReactNode;
};

type OpenMenuProps = {
  readonly button: ReactNode;
  readonly position: 'bottom-start' | 'bottom-end';
  readonly children: ReactNode;
};

/** A menu that gives the focus back to its button, which was another one when the menu was not loaded yet. */
function OpenMenu({ button, position, children }: OpenMenuProps) {
  const place = useRef<HTMLDivElement>(null);
  return (
    <div ref={place}>
      <Menu
        {...{ defaultOpened: true, position, width: 220, withinPortal: false, withInitialFocusPlaceholder: false }}
        onClose={() => place.current?.querySelector('button')?.focus()}
      >
        <Menu.Target>{button}</Menu.Target>
        <Menu.Dropdown>{children}</Menu.Dropdown>
      </Menu>
    </div>
  );
}

const schemes = [
  ['light', texts.frame.light, IconSun],
  ['dark', texts.frame.dark, IconMoon],
  ['auto', texts.frame.system, IconDeviceDesktop],
] as const satisfies readonly (readonly [MantineColorScheme, string, typeof IconSun])[];

/** The colours, another password, and the way out. */
export function AccountMenu({ children }: Props) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      <OpenMenu button={children} position="bottom-end">
        <Menu.Label>{texts.frame.theme}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(chosen) => setColorScheme(chosen as MantineColorScheme)}>
          {schemes.map(([scheme, label, Icon]) => (
            <Menu.RadioItem key={scheme} value={scheme} rightSection={<Icon size={16} />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLock size={16} />} onClick={() => setChanging(true)}>
          {texts.frame.changePassword}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {texts.frame.signOut}
        </Menu.Item>
      </OpenMenu>
      {isChanging && <PasswordDialog onClose={() => setChanging(false)} />}
    </>
  );
}

/** The pages, where there is no room for them beside the content. */
export function PageMenu({ children }: Props) {
  return (
    <OpenMenu button={children} position="bottom-start">
      {navigation.map(({ to, label, icon: Icon }) => (
        <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} stroke={1.7} />}>
          {label}
        </Menu.Item>
      ))}
    </OpenMenu>
  );
}
