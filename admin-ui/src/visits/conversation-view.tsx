import { type Dispatch, type SetStateAction, useEffect, useRef, useState } from 'react';
import { call } from '../api/call.ts';
import type { App, List, TenantOfLogin } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Ask } from '../form/ask.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLive } from '../live/use-live.ts';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Json } from '../show/json.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { When } from '../show/when.tsx';
import { Waiting } from './conversation-pieces.tsx';
import { Action, Facts, Id, MaskedNote } from './pieces.tsx';
import { SendTest } from './send-test.tsx';
import type { Conversation, Message } from './shapes.ts';
import { TranscriptView } from './transcript.tsx';
import { CONVERSATION_TYPES } from './words.ts';

interface ConversationViewProps {
  tenant: TenantOfLogin;
  app: App;
  /** Ours or Divar's. */
  id: string;
}

export function ConversationView({ tenant, app, id }: ConversationViewProps) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const path = `${appPath}/conversations/${encodeURIComponent(id)}`;
  const conversation = useLoad<Conversation>(path);
  const ownId = conversation.value?.id;
  const [tick, setTick] = useState(0);
  const last = useLoad<List<Message>>(
    ownId === undefined ? undefined : `${appPath}/messages?conversation_id=${ownId}&limit=1`,
  );
  const refresh = () => {
    void conversation.reload();
    void last.reload();
    setTick((before) => before + 1);
  };
  useRefreshOf(appPath, ownId, refresh);
  return (
    <>
      <p>
        <Link to={`/t/${tenant.id}/conversations?app=${app.id}`}>{t('conversationAll')}</Link>
      </p>
      <MaskedNote tenant={tenant} />
      <ShowLoaded from={conversation}>
        {(value) => (
          <>
            {last.value?.data[0]?.code === 'recipient_restricted' ? (
              <p className="note bad">{t('blockedBanner')}</p>
            ) : undefined}
            <Standing tenant={tenant} app={app} conversation={value} path={path} done={refresh} />
            <TranscriptView tenant={tenant} app={app} path={path} tick={tick} />
            <ConversationFacts conversation={value} />
          </>
        )}
      </ShowLoaded>
    </>
  );
}

function useRefreshOf(appPath: string, id: string | undefined, refresh: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(appPath, (event) => {
    if (event.name !== 'resync' && (id === undefined || ![event.id, event.conversationId].includes(id)))
      return;
    clearTimeout(timer.current);
    timer.current = setTimeout(refresh, 300);
  });
}

const MAY = 'messages.change';
type Question = 'hold' | 'skip' | 'send';

interface StandingProps {
  tenant: TenantOfLogin;
  app: App;
  conversation: Conversation;
  path: string;
  done(): void;
}

/** Whether it moves, why not, and what one can do about it. */
function Standing({ tenant, app, conversation, path, done }: StandingProps) {
  const { t } = useLanguage();
  const [asked, ask] = useState<Question>();
  const { head, held_at: heldAt } = conversation;
  const resume = () => void call('POST', `${path}/resume`).then(done);
  return (
    <section aria-label={t('conversationWaits')}>
      <p className="inline">
        <Waiting conversation={conversation} />
        {head === null ? undefined : (
          <>
            <span className="quiet">
              {t('waitSince')} <When at={head.since} />
            </span>
            <Link to={`/t/${tenant.id}/messages?app=${app.id}&open=${head.message_id}`}>
              {t('waitMessage')}
            </Link>
          </>
        )}
      </p>
      <div className="actions">
        <Action tenant={tenant} may={MAY} isMain onClick={() => ask('send')}>
          {t('sendTest')}
        </Action>
        {heldAt === null ? (
          <Action tenant={tenant} may={MAY} onClick={() => ask('hold')}>
            {t('holdConversation')}
          </Action>
        ) : (
          <Action tenant={tenant} may={MAY} onClick={resume}>
            {t('resumeConversation')}
          </Action>
        )}
        {head === null ? undefined : (
          <Action tenant={tenant} may={MAY} isDangerous onClick={() => ask('skip')}>
            {t('skipHead')}
          </Action>
        )}
      </div>
      <Questions asked={asked} ask={ask} conversation={conversation} path={path} done={done} />
    </section>
  );
}

interface QuestionsProps extends Omit<StandingProps, 'tenant' | 'app'> {
  asked: Question | undefined;
  ask: Dispatch<SetStateAction<Question | undefined>>;
}

function Questions({ asked, ask, conversation, path, done }: QuestionsProps) {
  const { t } = useLanguage();
  const close = () => ask(undefined);
  if (asked === 'send')
    return <SendTest path={path} conversationId={conversation.id} done={done} onClose={close} />;
  if (asked === 'hold')
    return (
      <Ask
        title={t('holdConversation')}
        note={t('holdNote')}
        label={t('holdConversation')}
        run={() => call('POST', `${path}/hold`)}
        done={done}
        onClose={close}
      />
    );
  if (asked === 'skip')
    return (
      <Ask
        title={t('skipHead')}
        note={t('skipNote')}
        label={t('skipHead')}
        run={() => call('POST', `${path}/skip`)}
        done={done}
        onClose={close}
      />
    );
  return null;
}

function ConversationFacts({ conversation }: { conversation: Conversation }) {
  const { t } = useLanguage();
  const { divar_id: divarId, post_token: post, v1 } = conversation;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{t('facts')}</h2>
      <Facts
        rows={[
          [t('conversationOne'), <Copyable key="id" text={conversation.id} label={t('copyId')} />],
          [t('conversationType'), t(CONVERSATION_TYPES[conversation.type])],
          [t('conversationDivarId'), divarId === null ? null : <Id key="divar" text={divarId} />],
          [t('sessionPost'), post === null ? null : <Foreign key="post" text={post} />],
          [
            t('conversationParties'),
            v1 === null ? null : (
              <>
                <Id text={v1.user_id} /> · <Id text={v1.peer_id} />
              </>
            ),
          ],
          [t('time'), <When key="at" at={conversation.created_at} />],
        ]}
      />
      <Json value={conversation} label={t('transcriptRaw')} />
    </section>
  );
}
