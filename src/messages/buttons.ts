/**
 * Buttons. Divar carries an opaque reference for every button that comes back to us; what the tenant put behind it stays
 * here, because Divar promises neither size nor secrecy nor the survival of numbers. @see PROTOCOL 2.10, 4.3
 */
import type { ChatAction, ChatButton } from '../divar/chat.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { RandomBytes, Seal, Tx } from '../ports.ts';
import type { TenantAction, TenantGrid } from './messages.ts';

/** Chats are read for months. @see CONTRACT section 5 */
const REFERENCE_TTL_DAYS = 180;
/** 192 bits; the floor is 128. */
const REFERENCE_BYTES = 24;
const REFERENCE = /^pvd_[A-Za-z0-9_-]{32}$/;

/** What a reference stands for. */
export interface ButtonContent {
  kind: 'session' | 'ask';
  data: Record<string, unknown>;
  page: string | null;
}

export interface NewReference extends ButtonContent {
  /** In the message: `sender.0.1`. */
  place: string;
  reference: string;
}

/** The reference that a clicked button brought back, if what Divar brings is one of ours. */
export function readReference(data: Record<string, unknown>): string | undefined {
  const { ref } = data;
  return typeof ref === 'string' && REFERENCE.test(ref) ? ref : undefined;
}

/** A fresh reference for every button that needs one. */
export function makeReferences(
  grids: { sender: TenantGrid; receiver: TenantGrid },
  random: RandomBytes,
): NewReference[] {
  return Object.entries(grids).flatMap(([side, rows]) =>
    rows.flatMap((row, rowIndex) =>
      row.flatMap(({ action }, index) => {
        const content = contentOf(action);
        const reference = `pvd_${random(REFERENCE_BYTES).toString('base64url')}`;
        return content ? [{ ...content, place: placeOf(side, rowIndex, index), reference }] : [];
      }),
    ),
  );
}

function contentOf(action: TenantAction): ButtonContent | undefined {
  if (action.open_session)
    return { kind: 'session', data: action.open_session.data, page: action.open_session.page ?? null };
  return action.ask && { kind: 'ask', data: action.ask.data, page: null };
}

function placeOf(side: string, rowIndex: number, index: number): string {
  return `${side}.${rowIndex}.${index}`;
}

/** The buttons of one side as they go to Divar. */
export function renderButtons(
  rows: TenantGrid,
  side: 'sender' | 'receiver',
  references: Readonly<Record<string, string>>,
): ChatButton[][] {
  return rows.map((row, rowIndex) =>
    row.map(({ caption, icon, action }, index) => ({
      caption,
      icon: icon ?? null,
      action: renderAction(action, references[placeOf(side, rowIndex, index)]),
    })),
  );
}

function renderAction(action: TenantAction, reference: string | undefined): ChatAction {
  if (action.open_url !== undefined) return { openUrl: action.open_url };
  if (action.open_post !== undefined) return { openPost: action.open_post };
  if (action.open_post_manage !== undefined) return { openPostManage: action.open_post_manage };
  if (reference === undefined) throw new Error('a button has no reference');
  return action.open_session ? { openSession: { ref: reference } } : { ask: { ref: reference } };
}

interface ReferenceRow {
  tenant_id: string;
  reference_hash: string;
  app_id: string;
  message_id: string;
  content: string;
  created_at: Date;
  expires_at: Date;
}

export type ButtonReferences = Pick<ReturnType<typeof createButtonReferences>, 'resolve'>;

export function createButtonReferences({ seal }: { seal: Seal }) {
  const associatedData = (tenantId: string, hash: string) => `${tenantId}|button_references|content|${hash}`;

  return {
    insert: async (
      tx: Tx,
      {
        appId,
        messageId,
        references,
        now,
      }: { appId: string; messageId: string; references: readonly NewReference[]; now: Date },
    ): Promise<void> => {
      if (references.length === 0) return;
      const expiresAt = new Date(now.getTime() + REFERENCE_TTL_DAYS * 86_400_000);
      await tx.sql<ReferenceRow>('button_references').insert(
        references.map(({ reference, kind, data, page }) => {
          const hash = sha256Base64url(reference);
          const content: ButtonContent = { kind, data, page };
          return {
            tenant_id: tx.tenantId,
            reference_hash: hash,
            app_id: appId,
            message_id: messageId,
            content: seal.seal(JSON.stringify(content), associatedData(tx.tenantId, hash)),
            created_at: now,
            expires_at: expiresAt,
          };
        }),
      );
    },

    /** What the button of this app says, and the message that carried it. Undefined when unknown or too old. */
    resolve: async (
      tx: Tx,
      appId: string,
      reference: string,
    ): Promise<(ButtonContent & { messageId: string }) | undefined> => {
      const hash = sha256Base64url(reference);
      const row = await tx
        .sql<ReferenceRow>('button_references')
        .where({ tenant_id: tx.tenantId, reference_hash: hash, app_id: appId })
        .whereRaw('expires_at > now()')
        .first();
      if (!row) return undefined;
      const content = JSON.parse(seal.open(row.content, associatedData(tx.tenantId, hash))) as ButtonContent;
      return { ...content, messageId: row.message_id };
    },
  };
}
