/** Which text stands for which name of the gateway. */
import type { MessageKey } from '../i18n/fa.ts';
import type { CheckName, CheckState, Step } from './shapes.ts';

export const STEP_NAMES: Record<Step, MessageKey> = {
  identity: 'stepIdentity',
  keys: 'stepKeys',
  scopes: 'stepScopes',
  addresses: 'stepAddresses',
  service: 'stepService',
  checks: 'stepChecks',
};

export const CHECK_NAMES: Record<CheckName, MessageKey> = {
  api_key: 'checkApiKey',
  client_secret: 'checkClientSecret',
  redirect: 'checkRedirect',
  init: 'checkInit',
  landing: 'checkLanding',
  webhook: 'checkWebhook',
  events: 'checkEvents',
};

export const CHECK_NOTES: Record<CheckName, MessageKey> = {
  api_key: 'checkApiKeyNote',
  client_secret: 'checkClientSecretNote',
  redirect: 'checkRedirectNote',
  init: 'checkInitNote',
  landing: 'checkLandingNote',
  webhook: 'checkWebhookNote',
  events: 'checkEventsNote',
};

export const STATE_NAMES: Record<CheckState, MessageKey> = {
  waiting: 'checkWaiting',
  running: 'checkRunning',
  passed: 'checkPassed',
  warning: 'checkWarning',
  failed: 'checkFailed',
  skipped: 'checkSkipped',
};

/** Colour never alone: the word stands beside it. */
export const STATE_CLASSES: Record<CheckState, string> = {
  waiting: 'off',
  running: 'starting',
  passed: 'on',
  warning: 'starting',
  failed: 'wrong',
  skipped: 'off',
};

export const EXCHANGE_NAMES: Readonly<Record<string, MessageKey>> = {
  post: 'exchangePost',
  token: 'exchangeToken',
  right_key: 'exchangeRightKey',
  wrong_key: 'exchangeWrongKey',
  landing: 'exchangeLanding',
  staging: 'exchangeStaging',
  event: 'exchangeEvent',
  consent: 'exchangeConsent',
  redirect: 'exchangeRedirect',
};

/** The step in which a check is put right. */
export const STEP_OF_CHECK: Record<CheckName, Step> = {
  api_key: 'keys',
  client_secret: 'keys',
  redirect: 'addresses',
  init: 'keys',
  landing: 'service',
  webhook: 'service',
  events: 'addresses',
};
