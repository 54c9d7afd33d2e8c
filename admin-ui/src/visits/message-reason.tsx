/** Why a message waits or failed, in the reader's language: the gateway's own sentence has a few shapes, and its ids and
 *  instants are what they say beyond the code. @see src/messages/present.ts */
import type { ReactNode } from 'react';
import type { App, TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { When } from '../show/when.tsx';
import type { Message, WaitReason } from './shapes.ts';
import { MESSAGE_CODES, WAITS } from './words.ts';

const BEHIND = /^behind (msg_\w+)(?:, (\w+) since (\S+))?$/;
/** What is said before its one instant. */
const UNTIL: readonly (readonly [RegExp, MessageKey])[] = [
  [/^the app's budget of the minute, until (\S+)$/, 'reasonMinute'],
  [/^daily budget, until (\S+)$/, 'reasonDay'],
  [/^Divar takes nothing of this app at the moment; next try at (\S+)$/, 'reasonDivar'],
  [/^the conversation is held since (\S+)$/, 'reasonHeld'],
  [/; next try at (\S+)$/, 'reasonNextTry'],
];

interface MessageReasonProps {
  tenant: TenantOfLogin;
  app: App;
  message: Message;
}

export function MessageReason({ tenant, app, message: { code, reason, state } }: MessageReasonProps) {
  const { t } = useLanguage();
  const key = code === null ? undefined : MESSAGE_CODES[code];
  if (reason === null && key === undefined) return null;
  const more =
    reason === null ? undefined : (
      <More tenant={tenant} app={app} reason={reason} isKnown={key !== undefined} />
    );
  const isBad = state === 'failed' || state === 'unknown';
  return (
    <div className={isBad ? 'note bad' : 'note'}>
      {key === undefined ? undefined : <p>{t(key)}</p>}
      {more}
    </div>
  );
}

interface MoreProps extends Pick<MessageReasonProps, 'tenant' | 'app'> {
  reason: string;
  /** The code has said it already. */
  isKnown: boolean;
}

function More({ tenant, app, reason, isKnown }: MoreProps): ReactNode {
  const { t } = useLanguage();
  const [, behind, why, since] = BEHIND.exec(reason) ?? [];
  if (behind !== undefined)
    return (
      <p>
        {t('behindOther')}{' '}
        <Link to={`/t/${tenant.id}/messages?app=${app.id}&open=${behind}`}>{t('waitMessage')}</Link>
        {why !== undefined && why in WAITS ? (
          <span className="quiet">
            {' '}
            · {t(WAITS[why as WaitReason])} · <When at={since ?? null} />
          </span>
        ) : undefined}
      </p>
    );
  for (const [pattern, text] of UNTIL) {
    const at = pattern.exec(reason)?.[1];
    if (at !== undefined)
      return (
        <p>
          {t(text)} <When at={at} />
        </p>
      );
  }
  return isKnown ? null : (
    <p dir="ltr">
      <Foreign text={reason} />
    </p>
  );
}
