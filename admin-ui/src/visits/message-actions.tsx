import { useState } from 'react';
import { call } from '../api/call.ts';
import type { TenantOfLogin } from '../api/shapes.ts';
import { Ask } from '../form/ask.tsx';
import { Form, useFormState } from '../form/form.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { Action } from './pieces.tsx';
import type { Message } from './shapes.ts';

interface MessageActionsProps {
  tenant: TenantOfLogin;
  /** Of the message. */
  path: string;
  message: Message;
  done(): void;
}

const MAY = 'messages.change';

/** What one can do about a message that is not final. */
export function MessageActions({ tenant, path, message, done }: MessageActionsProps) {
  const { t } = useLanguage();
  const [asking, setAsking] = useState<'cancel' | 'resolve'>();
  const close = () => setAsking(undefined);
  const { state } = message;
  const isWaiting = state === 'queued' || state === 'held';
  if (!isWaiting && state !== 'unknown') return null;
  return (
    <div className="actions">
      {isWaiting ? (
        <Action tenant={tenant} may={MAY} isDangerous onClick={() => setAsking('cancel')}>
          {t('cancelMessage')}
        </Action>
      ) : (
        <Action tenant={tenant} may={MAY} isMain onClick={() => setAsking('resolve')}>
          {t('resolveHeading')}
        </Action>
      )}
      {asking === 'cancel' ? (
        <Ask
          title={t('cancelMessage')}
          note={t('cancelMessageNote')}
          label={t('cancelMessage')}
          run={() => call('POST', `${path}/cancel`)}
          done={done}
          onClose={close}
        />
      ) : undefined}
      {asking === 'resolve' ? <Resolve path={path} done={done} onClose={close} /> : undefined}
    </div>
  );
}

const CHOICES = [
  ['sent', 'resolveSent', 'resolveSentNote'],
  ['failed', 'resolveFailed', 'resolveFailedNote'],
  ['retry', 'resolveRetry', 'resolveRetryNote'],
] as const satisfies [as: string, label: MessageKey, note: MessageKey][];

interface ResolveProps {
  path: string;
  done(): void;
  onClose(): void;
}

function NothingChosen() {
  const { t } = useLanguage();
  const { issues } = useFormState();
  if (!issues.some(({ path }) => path === 'body.as')) return null;
  return (
    <p className="error" role="alert">
      {t('resolveChoose')}
    </p>
  );
}

/** Nothing is chosen beforehand: each choice is wrong in some case. */
function Resolve({ path, done, onClose }: ResolveProps) {
  const { t } = useLanguage();
  const [chosen, choose] = useState<string>();
  return (
    <Dialog title={t('resolveHeading')} onClose={onClose}>
      <p>{t('resolveNote')}</p>
      <Form
        label={t('resolve')}
        run={() => call('POST', `${path}/resolve`, { as: chosen })}
        done={() => {
          done();
          onClose();
        }}
        beside={
          <button type="button" onClick={onClose}>
            {t('cancel')}
          </button>
        }
      >
        <fieldset>
          <legend>{t('resolveHeading')}</legend>
          {CHOICES.map(([as, label, note]) => (
            <div key={as} className="choice">
              <label className="check">
                <input
                  type="radio"
                  name="as"
                  value={as}
                  required
                  aria-describedby={`note-${as}`}
                  onChange={() => choose(as)}
                />{' '}
                {t(label)}
              </label>
              <p id={`note-${as}`} className="help">
                {t(note)}
              </p>
            </div>
          ))}
          <NothingChosen />
        </fieldset>
      </Form>
    </Dialog>
  );
}
