/** The simulator of a sandbox app: two phones in one chat, and between them what Divar and the gateway say to each other. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Failure, Outcome } from '../api/call.ts';
import type { App, TenantOfLogin } from '../api/shapes.ts';
import { sayFailure } from '../form/failures.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import { useCurrentApp } from '../tenant/current-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { ChatPicker } from './chat-picker.tsx';
import { PhoneSide } from './phone.tsx';
import { Receiver } from './receiver.tsx';
import {
  type Chat,
  type ChatMessage,
  type SimulatorPage as Page,
  type Settings,
  SIDES,
  type Side,
} from './shapes.ts';
import { Switches } from './switches.tsx';
import { Tabs } from './tabs.tsx';
import { Trace } from './trace.tsx';
import { type Choices, useChoices } from './use-choices.ts';
import { type Simulator, useSimulator } from './use-simulator.ts';
import './simulator.css';

export function SimulatorPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) =>
        app.environment === 'sandbox' ? (
          <SimulatorOf key={app.id} tenant={tenant} app={app} />
        ) : (
          <LiveApp tenant={tenant} />
        )
      }
    </ChooseApp>
  );
}

/** Nothing here may touch the real Divar. */
function LiveApp({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const sandbox = useCurrentApp()?.apps.value?.data.find(({ environment }) => environment === 'sandbox');
  return (
    <div className="card">
      <h2>{t('simLiveHeading')}</h2>
      <p>{t('simLiveNote')}</p>
      {sandbox === undefined ? undefined : (
        <Link className="button" to={`/t/${tenant.id}/apps/${sandbox.id}/simulator`}>
          {t('simOpenOf', { name: sandbox.name })}
        </Link>
      )}
    </div>
  );
}

function SimulatorOf({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const simulator = useSimulator(appPath);
  const { page, failure, reload } = simulator;
  if (page === undefined && failure === undefined)
    return (
      <div className="skeleton">
        <p>{t('reading')}</p>
        <div />
      </div>
    );
  if (page === undefined)
    return (
      <div className="card">
        {failure === undefined ? undefined : <FailureNote failure={failure} />}
        <button type="button" onClick={() => void reload()}>
          {t('retry')}
        </button>
      </div>
    );
  return <Stage tenant={tenant} app={app} appPath={appPath} simulator={simulator} page={page} />;
}

interface StageProps {
  tenant: TenantOfLogin;
  app: App;
  appPath: string;
  simulator: Simulator;
  page: Page;
}

function Stage({ tenant, app, appPath, simulator, page }: StageProps) {
  const { t } = useLanguage();
  const choices = useChoices();
  const trouble = useTrouble(simulator, page);
  const { desk } = page;
  const fields = { seller: useRef<HTMLTextAreaElement>(null), buyer: useRef<HTMLTextAreaElement>(null) };
  usePhoneKeys(choices, fields);
  useFirstChat(simulator);

  const posts = desk?.chats.filter(({ type }) => type === 'POST') ?? [];
  const chat = desk?.chats.find(({ conversation }) => conversation === choices.chat) ?? posts.at(-1);
  const open = page.trace.find(({ id }) => id === choices.hop);
  const isTroubled = trouble !== null;
  const [failed, setFailed] = useState<Failure>();
  const note = (outcome: Outcome<unknown>) => setFailed(outcome.ok ? undefined : outcome.failure);
  const showHopOf = (message: ChatMessage) => {
    const hop = page.trace.filter((one) => one.message === message.id).at(-1);
    if (hop !== undefined) choices.choose({ hop: hop.id, part: 'trace' });
  };

  return (
    <div className={`simulator part-${choices.part}`}>
      <p className="sim-note">{t('simNote')}</p>
      {isTroubled ? <TroubleNote trouble={trouble} simulator={simulator} page={page} /> : undefined}
      {desk === null ? undefined : (
        <ChatPicker
          simulator={simulator}
          desk={desk}
          chat={chat}
          isDisabled={isTroubled}
          onChoose={(conversation) => choices.choose({ chat: conversation })}
          onDone={note}
        />
      )}
      {failed === undefined ? undefined : <FailureNote failure={failed} />}
      <Tabs part={choices.part} onChoose={(part) => choices.choose({ part })} />
      <div className="sim-stage">
        {desk === null
          ? undefined
          : SIDES.map((side) => (
              <PhoneSide
                key={`${side}-${chat?.conversation}`}
                side={side}
                simulator={simulator}
                desk={desk}
                chat={chat}
                postChat={chat?.type === 'BOT' ? posts.at(-1) : chat}
                trouble={trouble}
                litMessage={open?.message ?? null}
                onTrace={showHopOf}
                field={fields[side]}
              />
            ))}
        <Trace
          trace={page.trace}
          openHop={choices.hop}
          onOpen={(hop) => choices.choose({ hop: hop?.id ?? '' })}
        >
          {page.endpoints > 0 || desk === null ? undefined : (
            <Receiver
              appPath={appPath}
              endpointsPath={`/t/${tenant.id}/webhooks?app=${app.id}`}
              simulator={simulator}
              receiverUrl={desk.receiver_url}
              mayMake={tenant.permissions.includes('endpoints.change')}
            />
          )}
          {desk === null ? undefined : (
            <Switches
              desk={desk}
              isDisabled={isTroubled}
              onChange={(settings: Settings) => simulator.act('PATCH', '/settings', settings).then(note)}
            />
          )}
        </Trace>
      </div>
    </div>
  );
}

/** Why nothing can be done now, in words for the one at the screen; null when everything can. */
function useTrouble({ failure }: Simulator, page: Page): string | null {
  const { t, count } = useLanguage();
  if (failure !== undefined) return t('simLost', { why: sayFailure(failure, t, count) });
  if (page.state === 'ready') return null;
  return t(page.state === 'down' ? 'simDown' : page.state === 'preparing' ? 'simPreparing' : 'simSlugTaken');
}

function TroubleNote({ trouble, simulator, page }: { trouble: string; simulator: Simulator; page: Page }) {
  const { t } = useLanguage();
  return (
    <div className="note bad sim-trouble" role="alert">
      <div>
        <p>{trouble}</p>
        {page.state === 'down' ? <p>{t('simDownFix')}</p> : undefined}
      </div>
      <button type="button" onClick={() => void simulator.reload()}>
        {t('retry')}
      </button>
    </div>
  );
}

/** Somebody who comes for the first time finds a chat. */
function useFirstChat({ page, act }: Simulator): void {
  const isAsked = useRef(false);
  const isMissing = page?.desk?.chats.every(({ type }: Chat) => type !== 'POST') === true;
  useEffect(() => {
    if (!isMissing || isAsked.current) return;
    isAsked.current = true;
    void act('POST', '/chats', { type: 'post', fresh: false });
  }, [isMissing, act]);
}

/** Alt+1 and Alt+2, by the place of the key. */
function usePhoneKeys(choices: Choices, fields: Record<Side, { current: HTMLTextAreaElement | null }>): void {
  const latest = useRef({ choices, fields });
  useEffect(() => {
    latest.current = { choices, fields };
  });
  const press = useCallback((event: KeyboardEvent) => {
    if (!event.altKey || (event.code !== 'Digit1' && event.code !== 'Digit2')) return;
    event.preventDefault();
    const side = event.code === 'Digit1' ? 'seller' : 'buyer';
    latest.current.choices.choose({ part: side });
    // A phone that was behind a tab can be written on once it is drawn.
    requestAnimationFrame(() => latest.current.fields[side].current?.focus());
  }, []);
  useEffect(() => {
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [press]);
}
