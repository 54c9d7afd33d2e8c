/** What the trace calls things: kinds of hops, who speaks, and what we hold against an answer. */
import type { MessageKey } from '../i18n/fa.ts';

export const KINDS: Readonly<Record<string, MessageKey>> = {
  init: 'simKindInit',
  action: 'simKindAction',
  webview: 'simKindWebview',
  authorize: 'simKindAuthorize',
  consent: 'simKindConsent',
  token: 'simKindToken',
  refresh: 'simKindRefresh',
  users: 'simKindUsers',
  landing: 'simKindLanding',
  send: 'simKindSend',
  message: 'simKindMessage',
  read: 'simKindRead',
  post: 'simKindPost',
  chat: 'simKindChat',
  event: 'simKindEvent',
  webhook: 'simKindWebhook',
  completion: 'simKindCompletion',
  assets: 'simKindAssets',
  subscribe: 'simKindSubscribe',
  upload_token: 'simKindUploadToken',
  upload: 'simKindUpload',
};

export const SPEAKERS = {
  divar: 'simFromDivar',
  gateway: 'simFromGateway',
  person: 'simFromPerson',
} as const satisfies Record<string, MessageKey>;

/** What is wrong with what the add-on has answered; anything else is shown in Divar's own words. */
const FINDINGS: Readonly<Record<string, MessageKey>> = {
  http_status: 'simFindHttpStatus',
  content_type: 'simFindContentType',
  not_json: 'simFindNotJson',
  extra_field: 'simFindExtraField',
  refused: 'simFindRefused',
  url_missing: 'simFindUrlMissing',
  url_form: 'simFindUrlForm',
  id_in_url: 'simFindIdInUrl',
  secret_in_url: 'simFindSecretInUrl',
  weak_handle: 'simFindWeakHandle',
  too_slow: 'simFindTooSlow',
  unreachable: 'simFindUnreachable',
  empty_action: 'simFindEmptyAction',
  action_keys: 'simFindActionKeys',
  action_kind: 'simFindActionKind',
  text_message: 'simFindTextMessage',
};

/** `too_slow: no answer within 2000 ms` */
export function findingOf(problem: string): MessageKey | undefined {
  return FINDINGS[problem.split(':')[0] ?? ''];
}
