/** Signing up and in, and a member's own account. @see ADMINUI 3.3: Login, Signup, Account security */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { loginRoute, type MemberRoute, publicRoute } from '../http/member-route.ts';
import type { Db } from '../ports.ts';
import type { createChangePassword } from './change-password.ts';
import type { Enter } from './enter.ts';
import { DisplayName, Email, Language, LinkToken, Password, TotpCode } from './members.ts';
import { Preferences } from './preferences.ts';
import { DeviceView, LoginView, NextView, presentDevice, presentLogin } from './present.ts';
import type { createSignUp } from './sign-up.ts';
import type { MemberStore } from './store.ts';

export interface LoginRoutesDeps {
  db: Pick<Db, 'call'>;
  members: MemberStore;
  signUp: ReturnType<typeof createSignUp>;
  enter: Enter;
  changePassword: ReturnType<typeof createChangePassword>;
  idleSeconds: number;
}

const API = '/admin/api/v1';
const NOTHING = { 204: { description: 'Done', schema: z.null() } };
const NEXT = { 200: { description: 'What comes next', schema: NextView } };
const MAIL_SENT = {
  202: {
    description: 'If this can be done, a mail is on its way; the answer is always the same',
    schema: z.object({ object: z.literal('mail') }),
  },
};
const CODES = {
  200: {
    description: 'Recovery codes, shown once',
    schema: z.object({ object: z.literal('recovery_codes'), recovery_codes: z.array(z.string()) }),
  },
};
const mailSent = { status: 202, body: { object: 'mail' } };
const next = (name: z.infer<typeof NextView>['next']) => ({ object: 'next', next: name });

export function createLoginRoutes(deps: LoginRoutesDeps): MemberRoute[] {
  return [
    ...signUpRoutes(deps),
    ...passwordRoutes(deps),
    ...secondFactorRoutes(deps),
    ...accountRoutes(deps),
    ...deviceRoutes(deps),
  ];
}

function signUpRoutes({ signUp }: LoginRoutesDeps): MemberRoute[] {
  return [
    publicRoute({
      method: 'POST',
      path: `${API}/signup`,
      summary: 'Sign up; a link comes by mail. Again: another link',
      body: z.strictObject({
        organization: DisplayName,
        email: Email,
        password: Password,
        language: Language.default('fa'),
      }),
      replies: MAIL_SENT,
      handle: async ({ body, client, now }) => {
        await signUp.ask(body, client, now);
        return mailSent;
      },
    }),
    publicRoute({
      method: 'POST',
      path: `${API}/verify-email`,
      summary: 'Open the link of a sign-up: the tenant is made, and its second factor comes next',
      body: z.strictObject({ token: LinkToken }),
      replies: NEXT,
      handle: async ({ body, client, now }) => ({
        status: 200,
        body: next('enrol'),
        cookie: await signUp.confirm(body.token, client, now),
      }),
    }),
  ];
}

function passwordRoutes({ enter, changePassword }: LoginRoutesDeps): MemberRoute[] {
  return [
    publicRoute({
      method: 'POST',
      path: `${API}/login`,
      summary: 'The first factor',
      body: z.strictObject({ email: Email, password: Password }),
      replies: NEXT,
      handle: async ({ body, client, now }) => {
        const { cookie, isEnrolled } = await enter.byPassword(body, client, now);
        return { status: 200, body: next(isEnrolled ? 'second_factor' : 'enrol'), cookie };
      },
    }),
    publicRoute({
      method: 'POST',
      path: `${API}/forgot`,
      summary: 'Ask for a link to set a new password',
      body: z.strictObject({ email: Email, language: Language.default('fa') }),
      replies: MAIL_SENT,
      handle: async ({ body, client, now }) => {
        await changePassword.askLink(body.email, body.language, client, now);
        return mailSent;
      },
    }),
    publicRoute({
      method: 'POST',
      path: `${API}/reset`,
      summary: 'Set a new password by a link; ends every login',
      body: z.strictObject({ token: LinkToken, password: Password }),
      replies: NOTHING,
      handle: async ({ body, client, now }) => {
        await changePassword.byLink(body.token, body.password, client, now);
        return { status: 204, body: null, cookie: null };
      },
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/password`,
      summary: 'Change the own password; ends the other logins',
      stepUp: true,
      body: z.strictObject({ current_password: Password, password: Password }),
      replies: NOTHING,
      handle: async ({ login, client, now, body }) => {
        await changePassword.byCurrent({ login, client, now }, body);
        return { status: 204, body: null };
      },
    }),
  ];
}

function secondFactorRoutes({ enter }: LoginRoutesDeps): MemberRoute[] {
  return [
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/totp/enrol`,
      summary: 'A new secret for an authenticator; counts once it is confirmed',
      replies: {
        200: {
          description: 'Shown until it is confirmed',
          schema: z.object({
            object: z.literal('totp_enrolment'),
            secret: z.string(),
            otpauth_url: z.string(),
            qr_svg: z.string(),
            qr: z.object({ size: z.int(), path: z.string() }),
          }),
        },
      },
      handle: async ({ login, client, now }) => ({
        status: 200,
        body: { object: 'totp_enrolment', ...(await enter.enrol({ login, client, now })) },
      }),
    }),
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/totp/confirm`,
      summary: 'The first code of the new secret; shows the recovery codes and ends the other logins',
      body: z.strictObject({ code: TotpCode }),
      replies: CODES,
      handle: async ({ login, client, now, body }) => {
        const { cookie, codes } = await enter.confirmEnrolment({ login, client, now }, body.code);
        return { status: 200, body: { object: 'recovery_codes', recovery_codes: codes }, cookie };
      },
    }),
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/login/code`,
      summary: 'The second factor: a code of the authenticator',
      body: z.strictObject({ code: TotpCode }),
      replies: NEXT,
      handle: async ({ login, client, now, body }) => ({
        status: 200,
        body: next('panel'),
        cookie: await enter.byCode({ login, client, now }, body.code),
      }),
    }),
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/login/recovery-code`,
      summary: 'The second factor: a recovery code, which is spent',
      body: z.strictObject({ code: z.string().min(1).max(64) }),
      replies: NEXT,
      handle: async ({ login, client, now, body }) => ({
        status: 200,
        body: next('panel'),
        cookie: await enter.byRecoveryCode({ login, client, now }, body.code),
      }),
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/step-up`,
      summary: 'A second factor again: opens secrets for five minutes',
      body: z.strictObject({ code: TotpCode }),
      replies: NEXT,
      handle: async ({ login, client, now, body }) => ({
        status: 200,
        body: next('panel'),
        cookie: await enter.byCode({ login, client, now }, body.code),
      }),
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/recovery-codes`,
      summary: 'Ten new recovery codes; the ones before are dead',
      stepUp: true,
      replies: CODES,
      handle: async ({ login, client, now }) => ({
        status: 200,
        body: {
          object: 'recovery_codes',
          recovery_codes: await enter.remakeRecoveryCodes({ login, client, now }),
        },
      }),
    }),
  ];
}

function accountRoutes({ db, members, idleSeconds }: LoginRoutesDeps): MemberRoute[] {
  return [
    loginRoute({
      auth: 'pending_second_factor',
      method: 'GET',
      path: `${API}/me`,
      summary: 'Who has signed in, how far, and what he may; a poll does not prolong the login',
      replies: { 200: { description: 'The login', schema: LoginView } },
      handle: async ({ login }) => ({ status: 200, body: presentLogin(login, idleSeconds) }),
    }),
    loginRoute({
      auth: 'member',
      method: 'PATCH',
      path: `${API}/me`,
      summary: 'Change the own preferences',
      body: z.strictObject({ language: Language.optional(), preferences: Preferences.optional() }),
      replies: { 200: { description: 'The login', schema: LoginView } },
      handle: async ({ login, body }) => {
        const { language = login.language, preferences = login.preferences } = body;
        await members.change(db, login.memberId, { language, preferences });
        return { status: 200, body: presentLogin({ ...login, language, preferences }, idleSeconds) };
      },
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/login/touch`,
      summary: 'There was input: the idle time begins anew',
      replies: { 200: { description: 'The login', schema: LoginView } },
      handle: async ({ login }) => ({ status: 200, body: presentLogin(login, idleSeconds) }),
    }),
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/logout`,
      summary: 'End this login and what the browser keeps of it',
      replies: NOTHING,
      handle: async ({ login }) => {
        await members.endLogins(db, login.memberId, { only: login.id });
        return { status: 204, body: null, cookie: null, headers: { 'Clear-Site-Data': '"*"' } };
      },
    }),
  ];
}

function deviceRoutes({ db, members, idleSeconds }: LoginRoutesDeps): MemberRoute[] {
  return [
    loginRoute({
      auth: 'member',
      method: 'GET',
      path: `${API}/logins`,
      summary: 'Where this member is signed in',
      replies: { 200: { description: 'Devices', schema: z.object({ data: z.array(DeviceView) }) } },
      handle: async ({ login, now }) => {
        const listed = await members.listLogins(db, login.memberId, now, idleSeconds);
        return { status: 200, body: { data: listed.map((one) => presentDevice(one, login.id)) } };
      },
    }),
    loginRoute({
      auth: 'member',
      method: 'DELETE',
      path: `${API}/logins/:id`,
      summary: 'Sign out one device',
      params: z.object({ id: z.string().regex(/^[0-9a-f]{32}$/) }),
      replies: NOTHING,
      handle: async ({ login, params }) => {
        if ((await members.endLogins(db, login.memberId, { only: params.id })) === 0)
          throw new Problem('not_found');
        return { status: 204, body: null, ...(params.id === login.id ? { cookie: null } : {}) };
      },
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/logins/end-others`,
      summary: 'Sign out every other device',
      replies: NOTHING,
      handle: async ({ login }) => {
        await members.endLogins(db, login.memberId, { except: login.id });
        return { status: 204, body: null };
      },
    }),
  ];
}
