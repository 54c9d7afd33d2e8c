import type { App, TenantOfLogin } from '../api/shapes.ts';
import { useLivePages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useRouter } from '../router.tsx';
import { FilterBar, FilterSelect } from '../show/filter-bar.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Name, Waiting } from './conversation-pieces.tsx';
import { ConversationView } from './conversation-view.tsx';
import { MaskedNote } from './pieces.tsx';
import type { Conversation } from './shapes.ts';
import { CONVERSATION_TYPES } from './words.ts';

const NAMES = ['type', 'state'] as const;

export function ConversationsPage({ tenant, rest }: TenantPageProps) {
  const [id] = rest;
  return (
    <ChooseApp tenant={tenant}>
      {(app) =>
        id === undefined ? (
          <Conversations key={app.id} tenant={tenant} app={app} />
        ) : (
          <ConversationView key={app.id + id} tenant={tenant} app={app} id={decodeURIComponent(id)} />
        )
      }
    </ChooseApp>
  );
}

function Conversations({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const { t } = useLanguage();
  const filters = useFilters(NAMES);
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const pages = useLivePages<Conversation>({
    ...{ appPath, resource: 'conversations', kind: 'conversation' },
    query: filters.query,
  });
  const pathOf = (id: string) => `/t/${tenant.id}/conversations/${encodeURIComponent(id)}?app=${app.id}`;
  return (
    <section aria-label={t('conversations')}>
      <MaskedNote tenant={tenant} />
      <FindConversation pathOf={pathOf} />
      <FilterBar filters={filters}>
        <FilterSelect
          filters={filters}
          name="type"
          label={t('conversationType')}
          options={Object.entries(CONVERSATION_TYPES).map(([type, name]) => [type, t(name)])}
        />
        <FilterSelect
          filters={filters}
          name="state"
          label={t('state')}
          options={[
            ['waiting', t('conversationWaiting')],
            ['held', t('conversationHeld')],
          ]}
        />
      </FilterBar>
      <PageList
        pages={pages}
        filters={filters}
        caption={t('conversations')}
        empty={<p>{t('conversationsNone')}</p>}
        columns={[
          {
            label: t('conversationOne'),
            cell: (conversation) => (
              <RowLink to={pathOf(conversation.id)}>
                <Name conversation={conversation} />
              </RowLink>
            ),
          },
          { label: t('conversationType'), isMinor: true, cell: ({ type }) => t(CONVERSATION_TYPES[type]) },
          { label: t('state'), cell: (conversation) => <Waiting conversation={conversation} /> },
          { label: t('time'), cell: ({ created_at }) => <When at={created_at} /> },
        ]}
      />
    </section>
  );
}

function FindConversation({ pathOf }: { pathOf(id: string): string }) {
  const { t } = useLanguage();
  const { go } = useRouter();
  return (
    <form
      className="inline"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = String(new FormData(event.currentTarget).get('id') ?? '').trim();
        if (typed !== '') go(pathOf(typed));
      }}
    >
      <div className="filter">
        <label htmlFor="find">{t('conversationFind')}</label>
        <input
          id="find"
          name="id"
          dir="ltr"
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          aria-describedby="find-help"
        />
      </div>
      <button type="submit">{t('conversationGo')}</button>
      <span id="find-help" className="help">
        {t('conversationFindHelp')}
      </span>
    </form>
  );
}
