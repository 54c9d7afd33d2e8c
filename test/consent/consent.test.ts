import test from 'ava';
import {
  isAmbiguous,
  judgeIdentity,
  needsUser,
  readAnswer,
  retryScopes,
  wantedScopes,
} from '../../src/consent/consent.ts';
import { newSession } from '../helpers/sessions.ts';

const session = {
  ...newSession({ tenantId: 'ten_1', appId: 'app_1', userId: 'u' }),
  state: 'opened' as const,
  consent: 'none' as const,
};
const atInit = {
  generation: 'v2' as const,
  consent: { when: 'init' as const, scopes: ['USER_ID', 'POST_EDIT.{post_token}'] },
};
const onDemand = { ...atInit, consent: { ...atInit.consent, when: 'on_demand' as const } };
const INITIAL = ['USER_ID', 'POST_EDIT.wZ_x9Qa7'];

// TV-42, TV-43
const ANSWERS: [query: string, answer: ReturnType<typeof readAnswer>][] = [
  ['code=ory_ac_x1&scope=USER_ID+offline_access&state=q7Zk1s9TtYw2', { kind: 'code', code: 'ory_ac_x1' }],
  ['state=q7Zk1s9TtYw2', { kind: 'denied' }],
  ['error=access_denied&error_description=d&state=q7Zk1s9TtYw2', { kind: 'denied' }],
  ['error=access_denied&code=c', { kind: 'denied' }],
  ['error=invalid_scope&code=c', { kind: 'error', code: 'invalid_scope' }],
  ['error=%3Cscript%3E', { kind: 'error', code: 'unknown' }],
  ['error=&code=c', { kind: 'code', code: 'c' }],
  ['code=', { kind: 'denied' }],
];
for (const [query, answer] of ANSWERS) {
  test(`reads the answer ${query}`, (t) => t.deepEqual(readAnswer(new URLSearchParams(query)), answer));
}

test('an answer that says something twice is ambiguous, other extras are not', (t) => {
  for (const name of ['state', 'code', 'error', 'iss'])
    t.true(isAmbiguous(new URLSearchParams(`${name}=a&x=1&${name}=a`)));
  t.false(isAmbiguous(new URLSearchParams('state=a&code=b&x=1&x=2')));
});

test('who is asked, and for what', (t) => {
  t.deepEqual(wantedScopes(atInit, session, undefined), INITIAL);
  t.deepEqual(wantedScopes(atInit, { ...session, consent: 'failed' }, undefined), INITIAL);
  t.deepEqual(wantedScopes(atInit, { ...session, consent: 'denied' }, undefined), []);
  t.deepEqual(wantedScopes(atInit, { ...session, consent: 'granted' }, undefined), []);
  t.deepEqual(wantedScopes(onDemand, session, undefined), []);
  t.deepEqual(wantedScopes(onDemand, { ...session, consent: 'denied' }, ['USER_PHONE']), ['USER_PHONE']);
  t.deepEqual(wantedScopes(atInit, { ...session, state: 'completed' }, ['USER_PHONE']), []);
});

test('trying again asks for the same, unless the visit decides rightly by itself', (t) => {
  t.is(retryScopes(atInit, session, INITIAL), undefined);
  t.deepEqual(retryScopes(atInit, session, ['USER_PHONE']), ['USER_PHONE']);
  t.deepEqual(retryScopes(onDemand, { ...session, consent: 'failed' }, INITIAL), INITIAL);
  t.is(retryScopes(onDemand, { ...session, consent: 'granted' }, INITIAL), undefined);
  t.is(retryScopes(onDemand, { ...session, consent: 'denied' }, INITIAL), undefined);
});

test('only ids of the same generation are compared', (t) => {
  t.is(judgeIdentity(session, { generation: 'v2', userId: 'u' }), 'verified');
  t.is(judgeIdentity(session, { generation: 'v2', userId: 'U' }), 'mismatch');
  t.is(judgeIdentity(session, { generation: 'v1', userId: 'U' }), 'unverified');
  t.is(judgeIdentity(session, { generation: 'v2', userId: null }), 'unverified');
  const nobody = { ...session, visit: { ...session.visit, user: { id: null, side: null } } };
  t.is(judgeIdentity(nobody, { generation: 'v2', userId: 'u' }), 'unverified');
});

test('Divar is asked who it is only for scopes by which it tells', (t) => {
  t.true(needsUser(['POST_EDIT.x', 'USER_ID']));
  t.true(needsUser(['USER_PHONE']));
  t.false(needsUser(['POST_EDIT.USER_ID', 'offline_access']));
});
