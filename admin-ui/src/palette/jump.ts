/** Where an id leads that somebody pastes. */

/** By the beginning of the id: the list of the tenant whose drawer shows it. */
const LISTS: Record<string, string> = {
  ses: 'sessions',
  msg: 'messages',
  dlv: 'deliveries',
  evt: 'events',
  job: 'jobs',
  end: 'webhooks',
};

/** The address of whatever `text` names, within a tenant; undefined: it is no id, or has no page. */
export function readJump(text: string, tenantId: string, appId: string | undefined): string | undefined {
  const id = text.trim();
  const [, prefix = ''] = /^([a-z]{3})_[0-9a-z]{26}$/.exec(id) ?? [];
  const search = appId === undefined ? '' : `app=${appId}`;
  if (prefix === 'app') return `/t/${tenantId}/overview?app=${id}`;
  if (prefix === 'ten') return `/t/${id}/overview`;
  if (prefix === 'cnv') return `/t/${tenantId}/conversations/${id}${search && `?${search}`}`;
  const list = LISTS[prefix];
  return list === undefined ? undefined : `/t/${tenantId}/${list}?${search && `${search}&`}open=${id}`;
}

/** As one types it: Arabic letters for Persian ones, no half-spaces. */
export const foldText = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('ي', 'ی')
    .replaceAll('ك', 'ک')
    .replace(/[\u200c\s]+/g, ' ')
    .trim();
