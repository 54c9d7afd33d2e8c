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
import { MessageActions } from './message-actions.tsx';
import { MessageAttempts } from './message-attempts.tsx';
import { MessageReason } from './message-reason.tsx';
import { Facts, Id, State } from './pieces.tsx';
import type { Attempt, Button, Message } from './shapes.ts';
import { CONFIRMATIONS, LANES, MESSAGE_STATES, ON_MISSING_CONSENT, ON_UNKNOWN } from './words.ts';

interface MessageDrawerProps {
  tenant: TenantOfLogin;
  app: App;
  id: string;
  onChange(id: string): void;
  onClose(): void;
}

export function MessageDrawer({ tenant, app, id, onChange, onClose }: MessageDrawerProps) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const path = `${appPath}/messages/${encodeURIComponent(id)}`;
  const message = useLoad<Message>(path);
  const attempts = useLoad<List<Attempt>>(`${path}/attempts?limit=50`);
  const reload = () => {
    void message.reload();
    void attempts.reload();
  };
  useReloadOf(appPath, id, reload);
  return (
    <Drawer title={t('messageOne')} onClose={onClose}>
      <ShowLoaded from={message}>
        {(value) => (
          <>
            <p className="inline">
              <State name={value.state} names={MESSAGE_STATES} />
              <Copyable text={value.id} label={t('copyId')} />
            </p>
            <MessageReason tenant={tenant} app={app} message={value} />
            <MessageActions
              tenant={tenant}
              path={path}
              message={value}
              done={() => {
                reload();
                onChange(id);
              }}
            />
            <Content message={value} />
            <MessageFacts tenant={tenant} app={app} message={value} attempts={attempts} />
          </>
        )}
      </ShowLoaded>
    </Drawer>
  );
}

function useReloadOf(appPath: string, id: string, reload: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(appPath, (event) => {
    if (event.name !== 'resync' && !(event.name === 'message.updated' && event.id === id)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(reload, 300);
  });
}

function Content({ message }: { message: Message }) {
  const { t } = useLanguage();
  const { text, media_id: media, sender_buttons: sender, receiver_buttons: receiver } = message;
  const isErased = text === null && media === null;
  return (
    <section aria-labelledby="content">
      <h3 id="content">{t('messageText')}</h3>
      {text === null ? undefined : (
        <p className="bubble out">
          <Foreign text={text} />
        </p>
      )}
      {media === null ? undefined : (
        <p>
          {t('messageMedia')}: <Id text={media} />
        </p>
      )}
      {isErased ? <p className="quiet">{t('messageErased')}</p> : undefined}
      <Grid title={t('messageSenderButtons')} rows={sender} />
      <Grid title={t('messageReceiverButtons')} rows={receiver} />
    </section>
  );
}

/** As they stand under the message; they lead nowhere from here. */
function Grid({ title, rows }: { title: string; rows: readonly (readonly Button[])[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of buttons have a place and no name
        <ul key={index} className="chips">
          {row.map((button, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <li key={place} title={JSON.stringify(button.action)}>
              <Foreign text={button.caption} />
            </li>
          ))}
        </ul>
      ))}
    </>
  );
}

interface MessageFactsProps {
  tenant: TenantOfLogin;
  app: App;
  message: Message;
  attempts: Loaded<List<Attempt>>;
}

function MessageFacts({ tenant, app, message, attempts }: MessageFactsProps) {
  const { t } = useLanguage();
  const { session_id: session, confirmed_by: confirmedBy, metadata } = message;
  const moment = (at: string | null) => (at === null ? null : <When at={at} />);
  return (
    <>
      <section aria-labelledby="attempts">
        <h3 id="attempts">{t('messageAttempts')}</h3>
        <ShowLoaded from={attempts}>{({ data }) => <MessageAttempts attempts={data} />}</ShowLoaded>
      </section>
      <section aria-labelledby="facts">
        <h3 id="facts">{t('facts')}</h3>
        <Facts
          rows={[
            [t('time'), <When key="at" at={message.created_at} />],
            [t('messageSentAt'), moment(message.sent_at)],
            [t('messageFinalAt'), moment(message.final_at)],
            [t('messageExpiresAt'), moment(message.expires_at)],
            [t('messageConfirmedBy'), confirmedBy === null ? null : t(CONFIRMATIONS[confirmedBy])],
            [t('messageLane'), t(LANES[message.lane])],
            [t('messageOnUnknown'), t(ON_UNKNOWN[message.on_unknown])],
            [t('messageOnMissingConsent'), t(ON_MISSING_CONSENT[message.on_missing_consent])],
            [
              t('conversationOne'),
              <Link
                key="conversation"
                to={`/t/${tenant.id}/conversations/${message.conversation_id}?app=${app.id}`}
              >
                {t('openConversation')}
              </Link>,
            ],
            [
              t('messageSession'),
              session === null ? null : (
                <Link key="session" to={`/t/${tenant.id}/sessions?app=${app.id}&open=${session}`}>
                  {t('openSession')}
                </Link>
              ),
            ],
            [t('grantOne'), message.grant_id === null ? null : <Id key="grant" text={message.grant_id} />],
          ]}
        />
        {Object.keys(metadata).length === 0 ? undefined : (
          <Json value={metadata} label={t('messageMetadata')} />
        )}
        {message.chatbot === null ? undefined : <Json value={message.chatbot} label={t('messageChatbot')} />}
        <Json value={message} label={t('transcriptRaw')} />
      </section>
    </>
  );
}
