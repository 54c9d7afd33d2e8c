/** A question before something that cannot be taken back. */
import type { Outcome } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { Form } from './form.tsx';

interface AskProps {
  title: string;
  note: string;
  label: string;
  run(): Promise<Outcome<unknown>>;
  done(): void | Promise<void>;
  onClose(): void;
}

export function Ask({ title, note, label, run, done, onClose }: AskProps) {
  const { t } = useLanguage();
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        label={label}
        run={run}
        done={async () => {
          await done();
          onClose();
        }}
        beside={
          <button type="button" onClick={onClose}>
            {t('cancel')}
          </button>
        }
      >
        <p>{note}</p>
      </Form>
    </Dialog>
  );
}
