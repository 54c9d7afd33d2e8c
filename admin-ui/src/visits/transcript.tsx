/** A chat as bubbles: what the app sent on one side, what people wrote on the other, the raw data under each. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { App, TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Json } from '../show/json.tsx';
import { When } from '../show/when.tsx';
import { State } from './pieces.tsx';
import type { ChatMessage, Transcript } from './shapes.ts';
import { MESSAGE_STATES, SIDES } from './words.ts';

const LIMIT = 30;

const PARTS = {
  read: 'transcriptRead',
  not_granted: 'transcriptNotGranted',
  refused: 'transcriptRefused',
  away: 'transcriptAway',
  busy: 'transcriptBusy',
  skipped: 'transcriptSkipped',
} as const satisfies Record<Transcript['divar']['state'], MessageKey>;

const CONTENTS: Readonly<Record<string, MessageKey>> = {
  image: 'contentImage',
  file: 'contentFile',
  voice: 'contentVoice',
  location: 'contentLocation',
  video: 'contentVideo',
  contact: 'contentContact',
  media: 'messageMedia',
};

interface TranscriptViewProps {
  tenant: TenantOfLogin;
  app: App;
  /** Of the conversation. */
  path: string;
  /** Grows when something of the conversation has changed. */
  tick: number;
}

/** Divar is asked when the page opens and when somebody wants it, not with every change. */
function useTranscript(path: string, tick: number) {
  const [newest, setNewest] = useState<Transcript>();
  const [older, setOlder] = useState<Transcript>();
  const [failure, setFailure] = useState<Failure>();
  const [isLoading, setLoading] = useState(true);
  const wanted = useRef(path);
  const isFirst = useRef(true);

  const read = useCallback(
    async (divar: 'read' | 'skip') => {
      wanted.current = path;
      setLoading(true);
      const outcome = await call<Transcript>('GET', `${path}/messages?limit=${LIMIT}&divar=${divar}`);
      if (wanted.current !== path) return;
      setLoading(false);
      setFailure(outcome.ok ? undefined : outcome.failure);
      if (outcome.ok) setNewest((before) => keepDivar(before, outcome.value));
    },
    [path],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what asks for another look
  useEffect(() => {
    void read(isFirst.current ? 'read' : 'skip');
    isFirst.current = false;
  }, [read, tick]);
  useEffect(
    () => () => {
      wanted.current = '';
    },
    [],
  );

  const cursor = (older ?? newest)?.next_cursor ?? null;
  const more = async () => {
    if (cursor === null || isLoading) return;
    setLoading(true);
    const outcome = await call<Transcript>(
      'GET',
      `${path}/messages?limit=${LIMIT}&cursor=${encodeURIComponent(cursor)}`,
    );
    setLoading(false);
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setOlder({ ...outcome.value, data: [...(older?.data ?? []), ...outcome.value.data] });
  };
  return { newest, older, failure, isLoading, hasMore: cursor !== null, more, read };
}

/** What Divar has shown stays, when it was not asked again. */
function keepDivar(before: Transcript | undefined, next: Transcript): Transcript {
  if (before === undefined || next.divar.state !== 'skipped' || before.divar.state !== 'read') return next;
  const known = new Set(next.data.map(keyOf));
  const shown = before.data.filter((one) => one.source === 'divar' && !known.has(keyOf(one)));
  const data = [...next.data, ...shown].sort((one, other) => (one.sent_at < other.sent_at ? 1 : -1));
  return { ...next, data, divar: before.divar };
}

const keyOf = (one: ChatMessage) => one.message_id ?? one.event_id ?? one.id ?? one.sent_at;

export function TranscriptView({ tenant, app, path, tick }: TranscriptViewProps) {
  const { t } = useLanguage();
  const { newest, older, failure, isLoading, hasMore, more, read } = useTranscript(path, tick);
  const shown = [...(newest?.data ?? []), ...(older?.data ?? [])];
  const unique = [...new Map(shown.map((one) => [keyOf(one), one])).values()].reverse();
  return (
    <section aria-labelledby="transcript">
      <div className="section-head">
        <h2 id="transcript">{t('transcript')}</h2>
        <button type="button" onClick={() => void read('read')} aria-disabled={isLoading}>
          {t('transcriptReadDivar')}
        </button>
      </div>
      {newest === undefined ? undefined : <p className="help">{t(PARTS[newest.divar.state])}</p>}
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      {newest === undefined && failure === undefined ? (
        <div className="skeleton">
          <p>{t('reading')}</p>
          <div />
        </div>
      ) : undefined}
      {hasMore ? (
        <p>
          <button type="button" onClick={() => void more()} aria-disabled={isLoading}>
            {t('transcriptOlder')}
          </button>
        </p>
      ) : undefined}
      {newest !== undefined && unique.length === 0 ? (
        <p className="quiet">{t('transcriptNone')}</p>
      ) : undefined}
      <div className="transcript" role="log" aria-label={t('transcript')}>
        {unique.map((one) => (
          <Bubble key={keyOf(one)} tenant={tenant} app={app} message={one} />
        ))}
      </div>
    </section>
  );
}

interface BubbleProps {
  tenant: TenantOfLogin;
  app: App;
  message: ChatMessage;
}

function Bubble({ tenant, app, message }: BubbleProps) {
  const { t } = useLanguage();
  const { direction, text, type, message_id: id, state } = message;
  const isOurs = direction === 'out';
  return (
    <article className={`bubble-line ${isOurs ? 'out' : ''}`}>
      <p className="quiet">
        <Speaker message={message} /> · <When at={message.sent_at} />
      </p>
      <p className={`bubble ${isOurs ? 'out' : ''}`} dir="auto">
        {text === null ? (
          <span className="quiet">
            {t(CONTENTS[type ?? ''] ?? (isOurs ? 'messageErased' : 'contentOther'))}
          </span>
        ) : (
          <Foreign text={text} />
        )}
      </p>
      <div className="bubble-foot quiet">
        {state === null ? undefined : <State name={state} names={MESSAGE_STATES} />}
        {id === null ? undefined : (
          <Link to={`/t/${tenant.id}/messages?app=${app.id}&open=${id}`}>{t('waitMessage')}</Link>
        )}
        <Json value={message} label={t('transcriptRaw')} />
      </div>
    </article>
  );
}

function Speaker({ message: { direction, sender } }: { message: ChatMessage }) {
  const { t } = useLanguage();
  if (direction === 'out') return t('transcriptOurs');
  if (sender.type === 'bot') return t('transcriptBot');
  return t(sender.side === null ? 'transcriptSomeone' : SIDES[sender.side]);
}
