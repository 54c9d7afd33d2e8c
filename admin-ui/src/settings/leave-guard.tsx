import { useEffect, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { holdPage } from '../router.tsx';
import { Dialog } from '../show/dialog.tsx';

/** Nobody loses what he wrote by a click: a link, Back and closing the tab ask first. */
export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const { t } = useLanguage();
  const [leave, setLeave] = useState<() => void>();
  useEffect(() => {
    if (!isDirty) return;
    const release = holdPage((go) => setLeave(() => go));
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => {
      release();
      window.removeEventListener('beforeunload', warn);
    };
  }, [isDirty]);
  if (leave === undefined) return null;
  const stay = () => setLeave(undefined);
  return (
    <Dialog title={t('leaveHeadingForm')} onClose={stay}>
      <p>{t('leaveNoteForm')}</p>
      <p className="actions">
        <button type="button" className="button" onClick={stay}>
          {t('stay')}
        </button>
        <button type="button" className="danger" onClick={leave}>
          {t('leaveAnyway')}
        </button>
      </p>
    </Dialog>
  );
}
