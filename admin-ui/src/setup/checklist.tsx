import type { App, TenantOfLogin } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import type { Setup } from './shapes.ts';
import { CHECK_NAMES, STATE_CLASSES, STATE_NAMES, STEP_OF_CHECK } from './words.ts';

/** What is still open before users come; nothing at all once it is done. */
export function SetupChecklist({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const mayChange = tenant.permissions.includes('apps.change');
  const setup = useLoad<Setup>(mayChange ? `/tenants/${tenant.id}/apps/${app.id}/setup` : undefined);
  const { t, count } = useLanguage();
  const { value } = setup;
  if (value === undefined || value.open.length === 0) return null;
  const home = `/t/${tenant.id}/apps/${app.id}/setup`;
  const open = value.checks.filter(({ name }) => value.open.includes(name));
  return (
    <section aria-labelledby="checklist">
      <div className="section-head">
        <h2 id="checklist">{t('checklistHeading')}</h2>
        <Link className="button" to={home}>
          {t('checklistGo')}
        </Link>
      </div>
      <p>{t('checklistNote', { count: count(open.length) })}</p>
      <ul className="links">
        {open.map(({ name, state }) => (
          <li key={name}>
            <Link to={`${home}/${STEP_OF_CHECK[name]}`}>{t(CHECK_NAMES[name])}</Link>
            <b className={`state ${STATE_CLASSES[state]}`}>{t(STATE_NAMES[state])}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}
