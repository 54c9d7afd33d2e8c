/** All SQL of members, logins and links by mail. They belong to no tenant: functions of `migrations/` are the only way. */
import type { BlindIndex, Db, Seal, Tx } from '../ports.ts';
import type { FirstFactor, Language, Login, LoginStage, Membership, Role } from './members.ts';
import { type Preferences, readPreferences } from './preferences.ts';

/** Functions, called by themselves or in a transaction. */
export type Caller = Pick<Db, 'call'>;

/** The same functions as part of a transaction. */
export function callIn(tx: Tx): Caller {
  return {
    call: async <Row>(fn: string, args: readonly unknown[]) => {
      const places = args.map(() => '?').join(', ');
      const { rows } = await tx.sql.raw<{ rows: Row[] }>(`select * from ${fn}(${places})`, args as string[]);
      return rows;
    },
  };
}

export interface Member {
  id: string;
  email: string;
  emailIndex: string;
  passwordHash: string;
  language: Language;
  totpSecret: string | null;
  pendingTotpSecret: string | null;
  disabledAt: Date | null;
}

interface MemberRow {
  id: string;
  email: string;
  email_index: string;
  password_hash: string;
  language: Language;
  totp_secret: string | null;
  pending_totp_secret: string | null;
  disabled_at: Date | null;
}

export interface MemberChanges {
  passwordHash?: string;
  language?: Language;
  preferences?: Preferences;
  totpSecret?: string;
  pendingTotpSecret?: string | null;
  totpCounter?: number;
  recoveryHashes?: readonly string[];
  usedAt?: Date;
  disabledAt?: null;
}

export interface LoginChanges {
  tokenHash?: string;
  stage?: LoginStage;
  seenAt?: Date;
  endsAt?: Date;
  stepUpAt?: Date;
}

interface LoginRow {
  id: string;
  member_id: string;
  email: string;
  email_index: string;
  language: Language;
  preferences: unknown;
  stage: LoginStage;
  first_factor: FirstFactor | null;
  seen_at: string;
  ends_at: string;
  step_up_at: string | null;
  has_second_factor: boolean;
  recovery_code_count: number;
  passkey_count: number;
  memberships: { tenant_id: string; name: string; role: Role; suspended: boolean }[];
}

export interface TeamMember {
  id: string;
  email: string;
  role: Role;
  joinedAt: Date;
  usedAt: Date;
  hasSecondFactor: boolean;
  isDisabled: boolean;
}

export interface ListedLogin {
  id: string;
  stage: LoginStage;
  created_at: Date;
  seen_at: Date;
  device: string;
  address: string;
}

export type MemberStore = ReturnType<typeof createMemberStore>;

export function createMemberStore({ seal, blindIndex }: { seal: Seal; blindIndex: BlindIndex }) {
  const place = (column: string, id: string) => `system|members|${column}|${id}`;
  const sealOptional = (value: string | null, column: string, id: string) =>
    value === null ? null : seal.seal(value, place(column, id));
  const openOptional = (sealed: string | null, column: string, id: string) =>
    sealed === null ? null : seal.open(sealed, place(column, id));

  const fromRow = (row: MemberRow): Member => ({
    id: row.id,
    email: seal.open(row.email, place('email', row.id)),
    emailIndex: row.email_index,
    passwordHash: row.password_hash,
    language: row.language,
    totpSecret: openOptional(row.totp_secret, 'totp_secret', row.id),
    pendingTotpSecret: openOptional(row.pending_totp_secret, 'pending_totp_secret', row.id),
    disabledAt: row.disabled_at,
  });

  const findMember = async (db: Caller, id: string | null, index: string | null) => {
    const [row] = await db.call<MemberRow>('find_member', [id, index]);
    return row && fromRow(row);
  };

  return {
    /** A member is found by the digest of the address, with a name of its own so that no other digest is the same. */
    indexOf: (email: string): string => blindIndex(`email|${email}`),
    findById: (db: Caller, id: string) => findMember(db, id, null),
    findByIndex: (db: Caller, emailIndex: string) => findMember(db, null, emailIndex),

    insert: async (
      db: Caller,
      member: { id: string; email: string; passwordHash: string; language: Language; now: Date },
    ): Promise<void> => {
      await db.call('insert_member', [
        JSON.stringify({
          id: member.id,
          email: seal.seal(member.email, place('email', member.id)),
          email_index: blindIndex(`email|${member.email}`),
          password_hash: member.passwordHash,
          language: member.language,
          created_at: member.now,
        }),
      ]);
    },

    change: async (db: Caller, id: string, changes: MemberChanges): Promise<void> => {
      await db.call('change_member', [
        id,
        JSON.stringify({
          password_hash: changes.passwordHash,
          language: changes.language,
          preferences: changes.preferences,
          totp_secret:
            changes.totpSecret === undefined
              ? undefined
              : sealOptional(changes.totpSecret, 'totp_secret', id),
          pending_totp_secret:
            changes.pendingTotpSecret === undefined
              ? undefined
              : sealOptional(changes.pendingTotpSecret, 'pending_totp_secret', id),
          totp_counter: changes.totpCounter,
          recovery_hashes: changes.recoveryHashes,
          used_at: changes.usedAt,
          disabled_at: changes.disabledAt,
        }),
      ]);
    },

    /** False when this code, or a later one, was taken before. */
    acceptTotp: async (db: Caller, id: string, counter: number): Promise<boolean> =>
      (await db.call<{ is_accepted: boolean }>('accept_totp', [id, counter]))[0]?.is_accepted === true,

    spendRecoveryCode: async (db: Caller, id: string, hash: string): Promise<boolean> =>
      (await db.call<{ is_accepted: boolean }>('spend_recovery_code', [id, hash]))[0]?.is_accepted === true,

    tenantsOf: async (db: Caller, memberId: string): Promise<string[]> =>
      (await db.call<{ tenant_id: string }>('memberships_of', [memberId])).map((row) => row.tenant_id),

    /** The people of the transaction's tenant. */
    team: async (tx: Tx): Promise<TeamMember[]> => {
      const rows = await callIn(tx).call<{
        id: string;
        email: string;
        role: Role;
        joined_at: Date;
        used_at: Date;
        has_second_factor: boolean;
        is_disabled: boolean;
      }>('tenant_members', []);
      return rows.map((row) => ({
        id: row.id,
        email: seal.open(row.email, place('email', row.id)),
        role: row.role,
        joinedAt: row.joined_at,
        usedAt: row.used_at,
        hasSecondFactor: row.has_second_factor,
        isDisabled: row.is_disabled,
      }));
    },

    insertLogin: async (
      db: Caller,
      login: {
        id: string;
        tokenHash: string;
        memberId: string;
        firstFactor: FirstFactor;
        now: Date;
        endsAt: Date;
        device: string;
        address: string;
      },
    ): Promise<void> => {
      await db.call('insert_login', [
        JSON.stringify({
          id: login.id,
          token_hash: login.tokenHash,
          member_id: login.memberId,
          stage: 'second_factor',
          first_factor: login.firstFactor,
          created_at: login.now,
          seen_at: login.now,
          ends_at: login.endsAt,
          device: login.device,
          address: login.address,
        }),
      ]);
    },

    /** The login of a token as long as it lives; `prolongs` begins its idle time anew. */
    findLogin: async (
      db: Caller,
      tokenHash: string,
      { now, idleSeconds, prolongs }: { now: Date; idleSeconds: number; prolongs: boolean },
    ): Promise<Login | undefined> => {
      const [row] = await db.call<{ login: LoginRow }>('find_login', [tokenHash, now, idleSeconds, prolongs]);
      return (
        row &&
        loginFromRow(row.login, tokenHash, seal.open(row.login.email, place('email', row.login.member_id)))
      );
    },

    /** False when somebody else has changed or ended it in the meantime. */
    changeLogin: async (
      db: Caller,
      login: Pick<Login, 'id' | 'tokenHash'>,
      changes: LoginChanges,
    ): Promise<boolean> => {
      const [row] = await db.call<{ is_changed: boolean }>('change_login', [
        login.id,
        login.tokenHash,
        JSON.stringify({
          token_hash: changes.tokenHash,
          stage: changes.stage,
          seen_at: changes.seenAt,
          ends_at: changes.endsAt,
          step_up_at: changes.stepUpAt,
        }),
      ]);
      return row?.is_changed === true;
    },

    listLogins: (db: Caller, memberId: string, now: Date, idleSeconds: number): Promise<ListedLogin[]> =>
      db.call<ListedLogin>('list_logins', [memberId, now, idleSeconds]),

    endLogins: async (
      db: Caller,
      memberId: string,
      which: { only?: string; except?: string } = {},
    ): Promise<number> => {
      const [row] = await db.call<{ ended_count: number }>('end_logins', [
        memberId,
        which.only ?? null,
        which.except ?? null,
      ]);
      return row?.ended_count ?? 0;
    },
  };
}

function loginFromRow(row: LoginRow, tokenHash: string, email: string): Login {
  return {
    id: row.id,
    tokenHash,
    memberId: row.member_id,
    email,
    emailIndex: row.email_index,
    language: row.language,
    preferences: readPreferences(row.preferences),
    stage: row.stage,
    firstFactor: row.first_factor ?? 'password',
    seenAt: new Date(row.seen_at),
    endsAt: new Date(row.ends_at),
    stepUpAt: row.step_up_at === null ? null : new Date(row.step_up_at),
    hasSecondFactor: row.has_second_factor,
    recoveryCodeCount: row.recovery_code_count,
    passkeyCount: row.passkey_count,
    memberships: row.memberships.map(
      (one): Membership => ({
        tenantId: one.tenant_id,
        name: one.name,
        role: one.role,
        suspended: one.suspended,
      }),
    ),
  };
}
