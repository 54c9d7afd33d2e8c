/** A drawing of the Kenar panel, beside our form: the same field lit, under the words that stand there. */
import { useLanguage } from '../i18n/language.tsx';
import type { Step } from './shapes.ts';

interface PanelField {
  /** As our form calls it. */
  name: string;
  /** To the letter as in Kenar's documents; the panel is Persian only. */
  label: string;
  isLtr?: boolean;
}

const FIELDS: Record<Exclude<Step, 'checks'>, { title: string; fields: readonly PanelField[] }> = {
  identity: {
    title: 'مشخصات برنامه',
    fields: [
      { name: 'slug', label: 'Slug', isLtr: true },
      { name: 'name', label: 'Display', isLtr: true },
      { name: 'status', label: 'Status', isLtr: true },
      { name: 'subtitle', label: 'Subtitle', isLtr: true },
      { name: 'description', label: 'Description', isLtr: true },
    ],
  },
  keys: {
    title: 'کلیدها',
    fields: [
      { name: 'identification_key', label: 'Divar Identification Key', isLtr: true },
      { name: 'api_key', label: 'کلید API' },
      { name: 'client_secret', label: 'کلید محرمانه (client_secret)' },
    ],
  },
  scopes: {
    title: 'دسترسی‌ها',
    fields: [
      { name: 'permissions', label: 'دسترسی‌های کلید API' },
      { name: 'scopes', label: 'اجازه‌های احراز باز (OAuth Scope)' },
    ],
  },
  addresses: {
    title: 'آدرس‌ها و نقاط تماس',
    fields: [
      { name: 'init', label: 'لینک درخواست دیوار برای گرفتن آدرس شروع' },
      { name: 'oauth_redirect', label: 'آدرس‌های مجاز برای هدایت از OAuth' },
      { name: 'events', label: 'آدرس ارسال رویدادها' },
      { name: 'fallback', label: 'Fallback URL', isLtr: true },
      { name: 'action', label: 'لینک درخواست دیوار برای کنش پویا' },
      { name: 'touchpoint', label: 'نقطهٔ تماس CHAT: LOAD_WEBVIEW_SERVER_LINK' },
    ],
  },
  service: {
    title: 'در پنل کنار کاری نیست',
    fields: [{ name: 'none', label: 'این گام فقط در پیوند است' }],
  },
};

/** Where Kenar keeps the apps of an account. */
const KENAR_URL = 'https://divar.ir/kenar/management/apps';

export function KenarPanel({ step, lit }: { step: Exclude<Step, 'checks'>; lit: string | undefined }) {
  const { t } = useLanguage();
  const { title, fields } = FIELDS[step];
  return (
    <aside className="kenar" aria-label={t('kenarDrawing')}>
      <p className="kenar-bar" lang="fa" dir="rtl">
        <span aria-hidden="true" className="kenar-dots" /> پنل کنار
      </p>
      <div className="kenar-page" lang="fa" dir="rtl">
        <h3>{title}</h3>
        <dl>
          {fields.map(({ name, label, isLtr }) => (
            <div key={name} className={name === lit ? 'lit' : undefined}>
              <dt>
                <bdi dir={isLtr ? 'ltr' : 'rtl'}>{label}</bdi>
              </dt>
              <dd>
                <span className="kenar-input" aria-hidden="true" />
                {name === lit ? <strong>{t('kenarHere')}</strong> : undefined}
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <p className="kenar-foot">
        <a href={KENAR_URL} target="_blank" rel="noopener noreferrer">
          {t('openKenar')}
        </a>
      </p>
    </aside>
  );
}
