import { call } from '../api/call.ts';
import { Form } from '../form/form.tsx';
import { TextArea } from '../form/text-area.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import type { Message } from './shapes.ts';

/** Characters; more is refused. */
const MAX_LENGTH = 4096;

interface SendTestProps {
  /** Of the conversation. */
  path: string;
  conversationId: string;
  done(): void;
  onClose(): void;
}

export function SendTest({ path, conversationId, done, onClose }: SendTestProps) {
  const { t } = useLanguage();
  const messages = `${path.slice(0, path.indexOf('/conversations/'))}/messages`;
  return (
    <Dialog title={t('sendTest')} onClose={onClose}>
      <p>{t('sendTestNote')}</p>
      <Form
        label={t('sendTestButton')}
        run={({ text }) => call<Message>('POST', messages, { conversation_id: conversationId, text })}
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
        <TextArea name="text" label={t('sendTestLabel')} maxLength={MAX_LENGTH} />
      </Form>
    </Dialog>
  );
}
