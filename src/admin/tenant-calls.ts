/**
 * Which routes of `/v1` members may call in the panel, and on what terms. What is not in the table does not exist there.
 * `GET /v1/messages` is `GET /admin/api/v1/tenants/:tenant/apps/:app/messages`: same query, body and reply.
 */
import type { AuditAction } from '../members/audit.ts';
import type { Permission } from '../members/members.ts';
import type { MaskName } from './mask.ts';

interface Change {
  audit: AuditAction;
  /** Fields of the body that the entry names. Never what somebody wrote. */
  facts?: readonly string[];
}

export interface CallTerms {
  may: Permission;
  /** Needs a second factor that is younger than five minutes. */
  stepUp?: boolean;
  /** Required for whatever changes something. */
  change?: Change;
  /** What is hidden from whoever may not read contents. */
  mask?: MaskName;
}

export const TENANT_CALLS: Readonly<Record<string, CallTerms>> = {
  'GET /v1/sessions': { may: 'traffic.read', mask: 'session' },
  'GET /v1/sessions/:id': { may: 'traffic.read', mask: 'session' },

  'GET /v1/messages': { may: 'traffic.read', mask: 'message' },
  'POST /v1/messages': { may: 'messages.change', change: { audit: 'message.requested' } },
  'GET /v1/messages/:id': { may: 'traffic.read', mask: 'message' },
  'GET /v1/messages/:id/attempts': { may: 'traffic.read' },
  'POST /v1/messages/:id/cancel': { may: 'messages.change', change: { audit: 'message.cancelled' } },
  'POST /v1/messages/:id/resolve': {
    may: 'messages.change',
    change: { audit: 'message.resolved', facts: ['as'] },
  },
  'GET /v1/media/:id': { may: 'traffic.read' },

  'GET /v1/conversations': { may: 'traffic.read', mask: 'conversation' },
  'GET /v1/conversations/:id': { may: 'traffic.read', mask: 'conversation' },
  'GET /v1/conversations/:id/messages': { may: 'traffic.read', mask: 'chat_message' },
  'POST /v1/conversations/:id/hold': { may: 'messages.change', change: { audit: 'conversation.held' } },
  'POST /v1/conversations/:id/resume': { may: 'messages.change', change: { audit: 'conversation.resumed' } },
  'POST /v1/conversations/:id/skip': { may: 'messages.change', change: { audit: 'conversation.skipped' } },

  'GET /v1/grants': { may: 'traffic.read', mask: 'grant' },
  'GET /v1/grants/:id': { may: 'traffic.read', mask: 'grant' },
  'POST /v1/grants/:id/refresh': { may: 'grants.change', change: { audit: 'grant.refreshed' } },
  'DELETE /v1/grants/:id': { may: 'grants.change', stepUp: true, change: { audit: 'grant.revoked' } },

  'GET /v1/subscriptions': { may: 'traffic.read' },
  'GET /v1/subscriptions/:id': { may: 'traffic.read' },
  'POST /v1/subscriptions': {
    may: 'grants.change',
    change: { audit: 'subscription.made', facts: ['event_type'] },
  },
  'DELETE /v1/subscriptions/:id': { may: 'grants.change', change: { audit: 'subscription.ended' } },

  'GET /v1/events': { may: 'traffic.read', mask: 'event' },
  'GET /v1/events/:id': { may: 'traffic.read', mask: 'event' },
  'POST /v1/events/replay/count': { may: 'traffic.read' },
  'POST /v1/events/replay': {
    may: 'events.replay',
    change: { audit: 'replay.started', facts: ['from', 'to', 'types', 'endpoint_id', 'undelivered'] },
  },

  'GET /v1/endpoints': { may: 'traffic.read', mask: 'endpoint' },
  'GET /v1/endpoints/:id': { may: 'traffic.read', mask: 'endpoint' },
  // Where events go, and what they are signed with, is worth a second factor.
  'POST /v1/endpoints': {
    may: 'endpoints.change',
    stepUp: true,
    change: { audit: 'endpoint.created', facts: ['events'] },
  },
  'PATCH /v1/endpoints/:id': {
    may: 'endpoints.change',
    stepUp: true,
    change: { audit: 'endpoint.changed', facts: ['events'] },
  },
  'DELETE /v1/endpoints/:id': {
    may: 'endpoints.change',
    stepUp: true,
    change: { audit: 'endpoint.removed' },
  },
  'POST /v1/endpoints/:id/rotate_secret': {
    may: 'endpoints.change',
    stepUp: true,
    change: { audit: 'endpoint.secret_rotated', facts: ['overlap_seconds'] },
  },
  'POST /v1/endpoints/:id/enable': { may: 'endpoints.change', change: { audit: 'endpoint.enabled' } },
  'POST /v1/endpoints/:id/disable': { may: 'endpoints.change', change: { audit: 'endpoint.disabled' } },
  'POST /v1/endpoints/:id/test': {
    may: 'endpoints.change',
    change: { audit: 'endpoint.tested', facts: ['type'] },
  },

  'GET /v1/deliveries': { may: 'traffic.read' },
  'GET /v1/deliveries/:id': { may: 'traffic.read', mask: 'delivery' },
  'POST /v1/deliveries/:id/retry': { may: 'events.replay', change: { audit: 'delivery.retried' } },

  'GET /v1/jobs': { may: 'traffic.read' },
  'GET /v1/jobs/:id': { may: 'traffic.read' },
  'POST /v1/jobs/:id/cancel': { may: 'events.replay', change: { audit: 'job.cancelled' } },
};

/** What only a tenant's server does: the visit itself, files, and what the panel has pages of its own for. */
export const NOT_FOR_MEMBERS: readonly string[] = [
  'GET /v1/app',
  'POST /v1/sessions/exchange',
  'POST /v1/sessions/:id/consent',
  'POST /v1/sessions/:id/complete',
  'POST /v1/media',
];
