/** All SQL of memberships and invitations. */
import type { Seal, Tx } from '../ports.ts';
import type { Role } from './members.ts';
import type { Caller } from './store.ts';

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  invitedBy: string;
  createdAt: Date;
  sentAt: Date;
  expiresAt: Date;
}

interface InvitationRow {
  id: string;
  email: string;
  role: Role;
  invited_by: string;
  created_at: Date;
  sent_at: Date;
  expires_at: Date;
}

export interface FoundInvitation {
  tenantId: string;
  id: string;
  organization: string;
  role: Role;
  email: string;
  emailIndex: string;
}

export type TeamStore = ReturnType<typeof createTeamStore>;

export function createTeamStore({ seal }: { seal: Seal }) {
  return { ...membershipVerbs(), ...invitationVerbs(seal), ...linkVerbs(seal) };
}

const emailPlace = (tenantId: string, id: string) => `${tenantId}|invitations|email|${id}`;

function membershipVerbs() {
  const memberships = (tx: Tx) => tx.sql('memberships').where({ tenant_id: tx.tenantId });

  return {
    /** Everything that changes who owns a tenant happens one after the other. */
    lock: async (tx: Tx): Promise<void> => {
      await tx.sql('tenants').where({ tenant_id: tx.tenantId }).forUpdate().first('tenant_id');
    },

    /** False when the member is in already. */
    join: async (tx: Tx, memberId: string, role: Role, now: Date): Promise<boolean> => {
      const rows = await tx
        .sql('memberships')
        .insert({ tenant_id: tx.tenantId, member_id: memberId, role, created_at: now })
        .onConflict(['tenant_id', 'member_id'])
        .ignore()
        .returning('member_id');
      return rows.length === 1;
    },

    findRole: async (tx: Tx, memberId: string): Promise<Role | undefined> =>
      (await memberships(tx).where({ member_id: memberId }).first('role'))?.role as Role | undefined,

    countOwners: async (tx: Tx): Promise<number> => {
      const row = await memberships(tx).where({ role: 'owner' }).count('* as count').first();
      return Number(row?.count ?? 0);
    },

    setRole: async (tx: Tx, memberId: string, role: Role): Promise<void> => {
      await memberships(tx).where({ member_id: memberId }).update({ role });
    },

    remove: async (tx: Tx, memberId: string): Promise<void> => {
      await memberships(tx).where({ member_id: memberId }).delete();
    },
  };
}

function invitationVerbs(seal: Seal) {
  const open = (tx: Tx) =>
    tx.sql('invitations').where({ tenant_id: tx.tenantId, accepted_at: null, revoked_at: null });
  const fromRow = (tx: Tx, row: InvitationRow): Invitation => ({
    id: row.id,
    email: seal.open(row.email, emailPlace(tx.tenantId, row.id)),
    role: row.role,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
  });

  return {
    /** Those that are neither accepted nor revoked, expired ones included; newest first. */
    listInvitations: async (tx: Tx): Promise<Invitation[]> => {
      const rows = await open(tx).orderBy('id', 'desc').limit(200);
      return (rows as InvitationRow[]).map((row) => fromRow(tx, row));
    },

    lockInvitation: async (tx: Tx, id: string): Promise<Invitation | undefined> => {
      const row = await open(tx).where({ id }).forUpdate().first();
      return row && fromRow(tx, row as InvitationRow);
    },

    /** False when this address has an open invitation already. */
    insertInvitation: async (
      tx: Tx,
      invitation: Omit<Invitation, 'createdAt' | 'sentAt'> & {
        emailIndex: string;
        tokenHash: string;
        now: Date;
      },
    ): Promise<boolean> => {
      const rows = await tx
        .sql('invitations')
        .insert({
          tenant_id: tx.tenantId,
          id: invitation.id,
          email: seal.seal(invitation.email, emailPlace(tx.tenantId, invitation.id)),
          email_index: invitation.emailIndex,
          role: invitation.role,
          token_hash: invitation.tokenHash,
          invited_by: invitation.invitedBy,
          created_at: invitation.now,
          sent_at: invitation.now,
          expires_at: invitation.expiresAt,
        })
        .onConflict()
        .ignore()
        .returning('id');
      return rows.length === 1;
    },

    /** The link that was sent before is dead. */
    renewInvitation: async (
      tx: Tx,
      id: string,
      renewed: { tokenHash: string; now: Date; expiresAt: Date },
    ): Promise<void> => {
      await open(tx)
        .where({ id })
        .update({ token_hash: renewed.tokenHash, sent_at: renewed.now, expires_at: renewed.expiresAt });
    },

    revokeInvitation: async (tx: Tx, id: string, now: Date): Promise<void> => {
      await open(tx).where({ id }).update({ revoked_at: now });
    },

    /** False when it was accepted, revoked or renewed in the meantime. */
    acceptInvitation: async (tx: Tx, id: string, tokenHash: string, now: Date): Promise<boolean> =>
      (await open(tx)
        .where({ id, token_hash: tokenHash })
        .where('expires_at', '>', now)
        .update({ accepted_at: now })) === 1,
  };
}

function linkVerbs(seal: Seal) {
  return {
    /** An invitation by its link; its tenant is not known before. */
    findInvitation: async (
      db: Caller,
      tokenHash: string,
      now: Date,
    ): Promise<FoundInvitation | undefined> => {
      const [row] = await db.call<{
        tenant_id: string;
        id: string;
        tenant_name: string;
        role: Role;
        email: string;
        email_index: string;
      }>('find_invitation', [tokenHash, now]);
      return (
        row && {
          tenantId: row.tenant_id,
          id: row.id,
          organization: row.tenant_name,
          role: row.role,
          email: seal.open(row.email, emailPlace(row.tenant_id, row.id)),
          emailIndex: row.email_index,
        }
      );
    },
  };
}
