/** The same on every page: find, help, account, out. */
import { useState } from 'react';
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { readJump } from '../palette/jump.ts';
import { KeyList } from '../palette/key-list.tsx';
import { Palette, type PaletteItem } from '../palette/palette.tsx';
import { useKeys } from '../palette/use-keys.ts';
import { Link, useRouter } from '../router.tsx';
import { useCurrentApp } from './current-app.tsx';
import { addressOf, TENANT_PAGES } from './pages.ts';
import { linesFor } from './side-menu.tsx';

interface Props {
  login: Login;
  tenant: TenantOfLogin | undefined;
}

export function MemberTools({ login, tenant }: Props) {
  const { t } = useLanguage();
  const { signOut } = useLogin();
  const { go } = useRouter();
  const [open, setOpen] = useState<'palette' | 'keys'>();
  const [isLeaving, setLeaving] = useState(false);
  const appId = useCurrentApp()?.app?.id;

  const leave = async () => {
    if (isLeaving) return;
    setLeaving(true);
    await signOut();
    go('/login');
  };
  const goTo = (path: string) => {
    const line = TENANT_PAGES.find((one) => one.path === path);
    const home = tenant ?? login.tenants[0];
    if (line !== undefined && home?.permissions.includes(line.permission))
      go(addressOf(home.id, line, appId));
  };
  useKeys({ openPalette: () => setOpen('palette'), openList: () => setOpen('keys'), goTo });

  return (
    <div className="tools">
      <button type="button" className="find" onClick={() => setOpen('palette')}>
        {t('find')} <kbd>Ctrl K</kbd>
      </button>
      <a href="/docs">{t('help')}</a>
      <Link to="/account">{t('account')}</Link>
      <button type="button" onClick={() => void leave()} aria-disabled={isLeaving}>
        {t('logout')}
      </button>
      {open === 'palette' ? (
        <MemberPalette
          {...{ login, tenant, appId }}
          leave={() => void leave()}
          showKeys={() => setOpen('keys')}
          onClose={() => setOpen(undefined)}
        />
      ) : undefined}
      {open === 'keys' ? <KeyList onClose={() => setOpen(undefined)} /> : undefined}
    </div>
  );
}

interface MemberPaletteProps extends Props {
  appId: string | undefined;
  leave(): void;
  showKeys(): void;
  onClose(): void;
}

function MemberPalette({ login, tenant, appId, leave, showKeys, onClose }: MemberPaletteProps) {
  const { t, preferences, setPreferences, switchLanguage } = useLanguage();
  const { go } = useRouter();
  const home = tenant ?? login.tenants[0];
  const pages = home === undefined ? [] : linesFor(home, appId);
  const items: PaletteItem[] = [
    ...pages.map((line) => ({
      id: line.path,
      label: t(line.name),
      run: () => home && go(addressOf(home.id, line, appId)),
    })),
    { id: 'account', label: t('account'), run: () => go('/account') },
    { id: 'preferences', label: t('accountPreferences'), run: () => go('/account/preferences') },
    ...login.tenants
      .filter(({ id }) => id !== home?.id)
      .map(({ id, name }) => ({
        id,
        label: t('goToTenant', { name }),
        run: () => go(`/t/${id}/overview`),
      })),
    { id: 'language', label: t('switchLanguage'), run: () => void switchLanguage() },
    {
      id: 'theme',
      label: t('switchTheme'),
      run: () => setPreferences({ ...preferences, theme: preferences.theme === 'dark' ? 'light' : 'dark' }),
    },
    { id: 'keys', label: t('keysHeading'), run: showKeys },
    { id: 'logout', label: t('logout'), run: leave },
  ];
  const jump = (text: string): PaletteItem | undefined => {
    const to = home && readJump(text, home.id, appId);
    return to === undefined
      ? undefined
      : { id: 'jump', label: t('jumpTo', { id: text.trim() }), run: () => go(to) };
  };
  return <Palette items={items} jump={jump} onClose={onClose} />;
}
