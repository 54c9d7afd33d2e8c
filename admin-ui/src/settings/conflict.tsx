import type { Outcome } from '../api/call.ts';
import { Form } from '../form/form.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Table } from '../show/table.tsx';
import { isSame, shownValue } from './parts.ts';
import type { PartName } from './shapes.ts';

export interface Conflict {
  name: PartName;
  mine: object;
  theirs: object;
  /** Of what is there now. */
  version: string;
}

/** As the fields of the forms are called. */
const LABELS: Readonly<Record<string, MessageKey>> = {
  name: 'appName',
  generation: 'generation',
  when: 'consentWhen',
  scopes: 'consentScopes',
  url: 'landingUrl',
  staging_url: 'stagingUrl',
  mode: 'landingMode',
  pages: 'landingPages',
  test_users: 'testUsers',
  action_url: 'actionUrl',
  action_fallback_text: 'actionFallback',
  divar_per_minute: 'limitPerMinute',
  divar_per_day: 'limitPerDay',
  status: 'kenarStatus',
  published: 'kenarPublished',
  subtitle: 'kenarSubtitle',
  description: 'kenarDescription',
  contact: 'privacyContact',
  purpose: 'privacyPurpose',
  keeps_days: 'privacyKeeps',
};

interface CompareProps {
  conflict: Conflict;
  keepMine(): Promise<Outcome<unknown>>;
  keepTheirs(): void;
  onClose(): void;
}

/** What two people wrote into the same part, field by field. */
export function Compare({ conflict, keepMine, keepTheirs, onClose }: CompareProps) {
  const { t } = useLanguage();
  const mine = conflict.mine as Record<string, unknown>;
  const theirs = conflict.theirs as Record<string, unknown>;
  const rows = Object.keys(theirs)
    .filter((name) => !isSame(mine[name], theirs[name]))
    .map((name) => ({ id: name }));
  const labelOf = (name: string) => {
    const key = LABELS[name];
    return key === undefined ? name : t(key);
  };
  const show = (value: unknown) => {
    const text = shownValue(value);
    return text === '' ? <span className="quiet">{t('nothing')}</span> : <Foreign text={text} />;
  };
  return (
    <Dialog title={t('changedElsewhere')} onClose={onClose}>
      <p>{t('changedElsewhereNote')}</p>
      <Table
        caption={t('changedElsewhere')}
        rows={rows}
        columns={[
          { label: t('fieldName'), cell: ({ id }) => labelOf(id) },
          { label: t('yours'), cell: ({ id }) => show(mine[id]) },
          { label: t('theirs'), cell: ({ id }) => show(theirs[id]) },
        ]}
      />
      <Form
        label={t('keepYours')}
        run={keepMine}
        done={onClose}
        beside={
          <button type="button" onClick={keepTheirs}>
            {t('keepTheirs')}
          </button>
        }
      >
        {null}
      </Form>
    </Dialog>
  );
}
