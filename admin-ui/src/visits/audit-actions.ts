import type { MessageKey } from '../i18n/fa.ts';

/** What members do through the calls that the panel shares with /v1. */
export const CALL_ACTIONS: Readonly<Record<string, MessageKey>> = {
  'message.requested': 'auditMessageRequested',
  'message.cancelled': 'auditMessageCancelled',
  'message.resolved': 'auditMessageResolved',
  'conversation.held': 'auditConversationHeld',
  'conversation.resumed': 'auditConversationResumed',
  'conversation.skipped': 'auditConversationSkipped',
  'grant.refreshed': 'auditGrantRefreshed',
  'grant.revoked': 'auditGrantRevoked',
  'subscription.made': 'auditSubscriptionMade',
  'subscription.ended': 'auditSubscriptionEnded',
  'endpoint.created': 'auditEndpointCreated',
  'endpoint.changed': 'auditEndpointChanged',
  'endpoint.removed': 'auditEndpointRemoved',
  'endpoint.secret_rotated': 'auditEndpointRotated',
  'endpoint.enabled': 'auditEndpointEnabled',
  'endpoint.tested': 'auditEndpointTested',
  'delivery.retried': 'auditDeliveryRetried',
  'replay.started': 'auditReplayStarted',
  'job.cancelled': 'auditJobCancelled',
  'endpoint.disabled': 'auditEndpointPaused',
  'error.muted': 'auditErrorMuted',
  'error.resolved': 'auditErrorResolved',
  'error.reopened': 'auditErrorReopened',
};
