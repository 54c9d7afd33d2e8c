import { useEffect, useRef } from 'react';
import type { App, List, TenantOfLogin } from '../api/shapes.ts';
import { type Loaded, useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLive } from '../live/use-live.ts';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Drawer } from '../show/drawer.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Json } from '../show/json.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { When } from '../show/when.tsx';
import { Facts, Id, SimulatedBadge, State, shorten } from './pieces.tsx';
import { SessionTimeline } from './session-timeline.tsx';
import type { Grant, Message, Session } from './shapes.ts';
import {
  CONSENTS,
  ENTRIES,
  GRANT_STATES,
  IDENTITIES,
  MESSAGE_STATES,
  SESSION_STATES,
  SIDES,
} from './words.ts';

interface SessionDrawerProps {
  tenant: TenantOfLogin;
  app: App;
  id: string;
  onClose(): void;
}

export function SessionDrawer({ tenant, app, id, onClose }: SessionDrawerProps) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const session = useLoad<Session>(`${appPath}/sessions/${encodeURIComponent(id)}`);
  const grantId = session.value?.grant_id ?? null;
  const grant = useLoad<Grant>(grantId === null ? undefined : `${appPath}/grants/${grantId}`);
  const messages = useLoad<List<Message>>(
    `${appPath}/messages?session_id=${encodeURIComponent(id)}&limit=50`,
  );
  useReloads(appPath, id, session, messages);
  return (
    <Drawer title={t('sessionOne')} onClose={onClose}>
      <ShowLoaded from={session}>
        {(value) => (
          <>
            <p className="inline">
              <State name={value.state} names={SESSION_STATES} />{' '}
              {value.simulated ? <SimulatedBadge /> : undefined}
              <Copyable text={value.id} label={t('copyId')} />
            </p>
            <section aria-labelledby="timeline">
              <h3 id="timeline">{t('sessionTimeline')}</h3>
              <SessionTimeline session={value} grant={grant.value} messages={messages.value?.data ?? []} />
            </section>
            <SessionFacts session={value} grant={grant.value} />
            <SessionMessages tenant={tenant} app={app} messages={messages} />
          </>
        )}
      </ShowLoaded>
    </Drawer>
  );
}

function useReloads(
  appPath: string,
  id: string,
  session: Loaded<Session>,
  messages: Loaded<List<Message>>,
): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(appPath, (event) => {
    const concerns =
      (event.name === 'session.updated' && event.id === id) ||
      event.name.startsWith('message.') ||
      event.name === 'resync';
    if (!concerns) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void session.reload();
      void messages.reload();
    }, 300);
  });
}

function SessionFacts({ session, grant }: { session: Session; grant: Grant | undefined }) {
  const { t } = useLanguage();
  const { user, peer, post_token: post, conversation_id: conversation, source, location } = session;
  const code = (text: string | null) => (text === null ? null : <Id text={text} />);
  return (
    <section aria-labelledby="facts">
      <h3 id="facts">{t('facts')}</h3>
      <Facts
        rows={[
          [t('sessionEntry'), t(ENTRIES[session.entry])],
          [t('sessionSource'), code(source)],
          [t('sessionSide'), user.side === null ? null : t(SIDES[user.side])],
          [t('sessionPost'), post === null ? null : <Foreign key="post" text={post} />],
          [t('sessionConversation'), code(conversation)],
          [t('sessionUser'), code(user.id)],
          [t('sessionPeer'), code(peer.id)],
          [t('sessionIdentity'), t(IDENTITIES[session.identity])],
          [t('sessionConsent'), t(CONSENTS[session.consent])],
          [
            t('sessionScopes'),
            session.scopes.length === 0 ? null : <Scopes key="scopes" scopes={session.scopes} />,
          ],
          ...(grant === undefined
            ? []
            : ([
                [t('grantState'), <State key="state" name={grant.state} names={GRANT_STATES} />],
                [t('grantUntil'), <When key="until" at={grant.expires_at} />],
                [t('grantConsentUntil'), <When key="consent" at={grant.consent_until} />],
              ] as const)),
          [t('sessionGeneration'), code(session.generation)],
          [t('sessionExpires'), <When key="expires" at={session.expires_at} />],
        ]}
      />
      {session.data === null ? undefined : <Json value={session.data} label={t('sessionData')} isOpen />}
      {location === null ? undefined : <Json value={location} label={t('sessionLocation')} />}
      <Json value={session} label={t('transcriptRaw')} />
    </section>
  );
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  return (
    <ul className="details">
      {scopes.map((scope) => (
        <li key={scope}>
          <Id text={scope} />
        </li>
      ))}
    </ul>
  );
}

interface SessionMessagesProps {
  tenant: TenantOfLogin;
  app: App;
  messages: Loaded<List<Message>>;
}

function SessionMessages({ tenant, app, messages }: SessionMessagesProps) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="session-messages">
      <h3 id="session-messages">{t('sessionMessages')}</h3>
      <ShowLoaded from={messages}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="quiet">{t('sessionNoMessages')}</p>
          ) : (
            <ul className="lines">
              {data.map((message) => (
                <li key={message.id}>
                  <State name={message.state} names={MESSAGE_STATES} />{' '}
                  <Link to={`/t/${tenant.id}/messages?app=${app.id}&open=${message.id}`}>
                    {message.text === null ? t('messageNoText') : <Foreign text={shorten(message.text)} />}
                  </Link>{' '}
                  <span className="quiet">
                    <When at={message.created_at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </ShowLoaded>
    </section>
  );
}
