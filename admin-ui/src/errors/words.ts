import type { MessageKey } from '../i18n/fa.ts';
import type { ErrorGroup } from './shapes.ts';

export const KINDS: Record<ErrorGroup['kind'], MessageKey> = {
  message: 'errorOfMessages',
  delivery: 'errorOfDeliveries',
  grant: 'errorOfGrants',
  consent: 'errorOfConsents',
  init: 'errorOfInit',
  event: 'errorOfEvents',
  action: 'errorOfActions',
};

/** What is counted beside the errors themselves. */
export const AFFECTED: Record<ErrorGroup['kind'], MessageKey | undefined> = {
  message: 'affectedConversations',
  delivery: 'affectedEvents',
  grant: 'affectedGrants',
  consent: 'affectedSessions',
  init: undefined,
  event: undefined,
  action: undefined,
};

export const STATES: Record<ErrorGroup['state'], MessageKey> = {
  open: 'errorsOpen',
  muted: 'errorsMuted',
  resolved: 'errorsResolved',
};

interface Place {
  /** After `/t/:tenant/`. */
  path: string;
  name: MessageKey;
}

/** Where a cause is put right; `:app` is filled in. */
export const PLACES: Record<string, Place> = {
  setup: { path: 'apps/:app/setup', name: 'errorSetup' },
  settings: { path: 'apps/:app/settings', name: 'errorSettings' },
  webhooks: { path: 'webhooks', name: 'webhooks' },
  deliveries: { path: 'deliveries', name: 'deliveries' },
  conversations: { path: 'conversations', name: 'errorConversations' },
  messages: { path: 'messages', name: 'errorMessages' },
  usage: { path: 'usage', name: 'errorUsage' },
};

/** The page that shows what an id names. */
const PAGES: Record<string, string> = {
  msg: 'messages',
  dlv: 'deliveries',
  ses: 'sessions',
};

export function pageOfId(id: string): string | undefined {
  return PAGES[id.slice(0, 3)];
}
