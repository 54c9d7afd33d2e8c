import type { App, Overview } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';

type OneError = Overview['errors'][number];

const KINDS: Record<OneError['kind'], readonly [name: MessageKey, page: string | undefined]> = {
  message: ['errorMessage', 'messages'],
  delivery: ['errorDelivery', 'deliveries'],
  grant: ['errorGrant', undefined],
};

export function LastErrors({
  tenantId,
  app,
  errors,
}: {
  tenantId: string;
  app: App;
  errors: readonly OneError[];
}) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="last-errors">
      <div className="section-head">
        <h2 id="last-errors">{t('lastErrors')}</h2>
        <Link to={`/t/${tenantId}/errors?app=${app.id}`}>{t('seeErrors')}</Link>
      </div>
      {errors.length === 0 ? (
        <p className="good">{t('noErrorsInRange')}</p>
      ) : (
        <Table
          caption={t('lastErrors')}
          rows={errors}
          columns={[
            {
              label: t('errorKind'),
              cell: ({ kind, id }) => {
                const [name, page] = KINDS[kind];
                return page === undefined ? (
                  t(name)
                ) : (
                  <Link to={`/t/${tenantId}/${page}?app=${app.id}&open=${id}`}>{t(name)}</Link>
                );
              },
            },
            { label: t('errorCode'), cell: ({ code, state }) => <code dir="ltr">{code ?? state}</code> },
            { label: t('time'), cell: ({ at }) => <When at={at} /> },
          ]}
        />
      )}
    </section>
  );
}
