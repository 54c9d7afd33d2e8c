import {
  AUTHORIZE_PATH,
  formatCallback,
  isSecureUrl,
  type Judgement,
  judgeAuthorization,
} from './authorize.ts';
import { PERSON_KEYS } from './cast.ts';
import type { Grants } from './grants.ts';
import { renderConsentPage, renderRefusalPage } from './page/consent-page.ts';
import { refuseOauth } from './refusal.ts';
import {
  type Call,
  cookieOf,
  formOf,
  jsonOf,
  mediaTypeOf,
  type Reply,
  type Route,
  redirect,
} from './route.ts';
import { sameSecret } from './secrets.ts';
import type { App, PersonKey, Stage, World } from './world.ts';

export const DECISIONS = ['grant', 'deny', 'deny_error', 'bounce'] as const;
type Decision = (typeof DECISIONS)[number];

export interface ConsentChoice {
  person: PersonKey;
  decision: Decision;
  /** The scopes left ticked; absent: all that were asked for. */
  scopes?: string[] | undefined;
}

interface Outcome {
  judgement: Judgement;
  /** Where the browser goes; absent when it stays with Divar. */
  location?: string;
}

const errorLocation = (judgement: Extract<Judgement, { kind: 'back' }>): string =>
  formatCallback(judgement.redirectUri, {
    error: judgement.error,
    error_description: judgement.description,
    state: judgement.state,
  });

/** What a person's decision on the consent page does. */
export const createConsent =
  ({ world, grants }: { world: World; grants: Pick<Grants, 'issueCode'> }) =>
  (path: string, query: URLSearchParams, choice: ConsentChoice): Outcome => {
    const judgement = judgeAuthorization(world, path, query, choice.person);
    if (judgement.kind === 'stay') return { judgement };
    if (judgement.kind === 'back') return { judgement, location: errorLocation(judgement) };
    const { app, redirectUri, state } = judgement;
    if (choice.decision === 'bounce') return { judgement, location: redirectUri };
    if (choice.decision === 'deny') return { judgement, location: formatCallback(redirectUri, { state }) };
    const scopes = judgement.scopes.filter((one) => choice.scopes?.includes(one) ?? true);
    if (choice.decision === 'deny_error' || scopes.length === 0) {
      const description = 'The resource owner denied the request';
      const params = { error: 'access_denied', error_description: description, state };
      return { judgement, location: formatCallback(redirectUri, params) };
    }
    const code = grants.issueCode(app, choice.person, redirectUri, scopes);
    const scope = app.generation === 'v1' ? undefined : scopes.join(' ');
    return { judgement, location: formatCallback(redirectUri, { code, scope, state }) };
  };
export type Consent = ReturnType<typeof createConsent>;

const isPerson = (value: unknown): value is PersonKey => PERSON_KEYS.includes(value as PersonKey);

/** The client of a token request, or Divar's 401. In v1 the secret is an API key of the app (PROTOCOL.md 3.5). */
const loadClient = (world: World, slug: string, secret: string): App => {
  const app = world.apps[slug];
  const secrets = app?.generation === 'v1' ? app.apiKeys.map((one) => one.key) : [app?.clientSecret ?? ''];
  if (!app || !secrets.some((one) => sameSecret(secret, one)))
    throw refuseOauth('invalid_client', 'client_id or client_secret is wrong', 401);
  return app;
};

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

const required = (fields: URLSearchParams, name: string): string => {
  const values = fields.getAll(name);
  if (values.length > 1) throw refuseOauth('invalid_request', `${name} is given twice`);
  if (!values[0]) throw refuseOauth('invalid_request', `${name} is missing`);
  return values[0];
};

const answerToken = (world: World, grants: Grants, call: Call): Reply => {
  if (mediaTypeOf(call) !== 'application/x-www-form-urlencoded')
    throw refuseOauth('invalid_request', 'the body must be application/x-www-form-urlencoded');
  const form = formOf(call);
  const grantType = required(form, 'grant_type');
  const app = loadClient(world, form.get('client_id') ?? '', form.get('client_secret') ?? '');
  call.notes.app = app.slug;
  if (app.generation === 'v1')
    throw refuseOauth('invalid_client', 'v1 apps exchange at their own address', 401);
  if (grantType === 'authorization_code') {
    const body = grants.exchange(app, required(form, 'code'), required(form, 'redirect_uri'));
    return { status: 200, body, headers: noStore };
  }
  if (grantType !== 'refresh_token') throw refuseOauth('unsupported_grant_type', 'grant_type is not known');
  const redirectUri = form.get('redirect_uri');
  if (redirectUri !== null && !app.redirectUris.includes(redirectUri))
    throw refuseOauth('invalid_request', 'redirect_uri is not registered');
  if (redirectUri === null) call.notes.problems.push('refresh without the documented redirect_uri');
  if (form.get('code') === null) call.notes.problems.push('refresh without the documented code');
  return { status: 200, body: grants.rotate(app, required(form, 'refresh_token')), headers: noStore };
};

const answerTokenV1 = (stage: Stage, grants: Grants, call: Call): Reply => {
  if (mediaTypeOf(call) !== 'application/json') throw refuseOauth('invalid_request', 'the body must be JSON');
  const body = jsonOf(call) ?? {};
  const text = (name: string): string => (typeof body[name] === 'string' ? (body[name] as string) : '');
  const app = loadClient(stage.world, text('client_id'), text('client_secret'));
  call.notes.app = app.slug;
  if (app.generation !== 'v1') throw refuseOauth('invalid_client', 'only v1 apps exchange here', 401);
  if (text('grant_type') !== 'authorization_code')
    throw refuseOauth('unsupported_grant_type', 'v1 knows only authorization_code');
  const pair = grants.exchange(app, text('code'), undefined);
  const expires = Math.floor(stage.now() / 1000) + pair.expires_in;
  return { status: 200, body: { access_token: pair.access_token, expires }, headers: noStore };
};

const appOf = (judgement: Judgement): string | undefined =>
  judgement.kind === 'valid' ? judgement.app.slug : judgement.app;

const refusePage = (error: string, description: string, status = 400): Reply => ({
  status,
  html: renderRefusalPage(error, description),
});

/** Another site must not decide for the person: the form posts from our own page. */
const isForeignForm = ({ headers: { origin, host } }: Call): boolean =>
  origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);

interface OauthDeps {
  stage: Stage;
  grants: Grants;
  consent: Consent;
}

export const createOauthRoutes = ({ stage, grants, consent }: OauthDeps): Route[] => {
  const { world } = stage;

  const showConsent = (call: Call): Reply => {
    const judgement = judgeAuthorization(world, call.path, call.query);
    call.notes.app = appOf(judgement);
    if (judgement.kind === 'valid') {
      const visit = world.visits[cookieOf(call, 'sim_visit') ?? ''];
      const suggested = isPerson(visit?.as) ? visit.as : undefined;
      call.notes.as = suggested;
      call.notes.conversation = visit?.conversation;
      return { status: 200, html: renderConsentPage({ world, judgement, call, suggested }) };
    }
    call.notes.problems.push(judgement.description);
    if (judgement.kind === 'back') return redirect(errorLocation(judgement), 302);
    return refusePage(judgement.error, judgement.description);
  };

  const decide = (call: Call): Reply => {
    if (isForeignForm(call)) return refusePage('forbidden', 'the form came from another site', 403);
    const form = formOf(call);
    const query = new URLSearchParams(form.get('request') ?? '');
    const person = form.get('user');
    const decision = DECISIONS.find((one) => one === form.get('decision'));
    if (!isPerson(person) || !decision) return refusePage('invalid_request', 'user or decision is missing');
    const path = call.path.replace(/\/decision$/, '');
    const { judgement, location } = consent(path, query, { person, decision, scopes: form.getAll('scope') });
    call.notes.as = person;
    call.notes.app = appOf(judgement);
    const description = judgement.kind === 'valid' ? '' : judgement.description;
    if (description) call.notes.problems.push(description);
    return location && isSecureUrl(location)
      ? redirect(location)
      : refusePage('invalid_request', description);
  };

  return [
    ...[...new Set(Object.values(AUTHORIZE_PATH))].flatMap((path): Route[] => [
      { method: 'GET', path, caller: 'browser', kind: 'authorize', answer: showConsent },
      { method: 'POST', path: `${path}/decision`, caller: 'browser', kind: 'consent', answer: decide },
    ]),
    {
      method: 'POST',
      path: '/oauth2/token',
      caller: 'in',
      kind: (call) => (formOf(call).get('grant_type') === 'refresh_token' ? 'refresh' : 'token'),
      answer: (call) => answerToken(world, grants, call),
    },
    {
      method: 'POST',
      path: '/v1/open-platform/oauth/access_token',
      caller: 'in',
      kind: 'token',
      answer: (call) => answerTokenV1(stage, grants, call),
    },
  ];
};
