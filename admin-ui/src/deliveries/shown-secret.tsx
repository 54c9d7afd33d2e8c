import { useLanguage } from '../i18n/language.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Dialog } from '../show/dialog.tsx';

interface ShownSecretProps {
  title: string;
  secret: string;
  onClose(): void;
}

/** Once: it is sealed from now on, and no page shows it again. */
export function ShownSecret({ title, secret, onClose }: ShownSecretProps) {
  const { t } = useLanguage();
  return (
    <Dialog title={title}>
      <p className="note">{t('secretOnce')}</p>
      <h3>{t('signingSecret')}</h3>
      <p>
        <Copyable text={secret} label={t('copySecretOf')} />
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={onClose}>
          {t('storedIt')}
        </button>
      </p>
    </Dialog>
  );
}
