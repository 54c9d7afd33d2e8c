/** Divar's OAuth as it speaks today: an Ory-style server. @see PROTOCOL 3.1, 3.5, 3.6, 3.8 */
import type { OauthDialect } from './oauth.ts';

export const oauthV2: OauthDialect = {
  issuer: (hosts) => hosts.oauthUrl,

  authorizeUrl: ({ hosts, slug, redirectUri, scopes, state }) =>
    [
      `${hosts.oauthUrl}/oauth2/auth?response_type=code`,
      `client_id=${encodeURIComponent(slug)}`,
      `redirect_uri=${encodeURIComponent(redirectUri)}`,
      `scope=${scopes.map(encodeURIComponent).join('%20')}`,
      `state=${encodeURIComponent(state)}`,
    ].join('&'),

  exchange: ({ hosts, slug, openSecret, code, redirectUri }) => ({
    method: 'POST',
    url: `${hosts.oauthUrl}/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      client_id: slug,
      client_secret: openSecret('client_secret'),
      redirect_uri: redirectUri,
    }).toString(),
  }),

  refresh: ({ hosts, slug, openSecret, refreshToken, accessToken, redirectUri }) => ({
    method: 'POST',
    url: `${hosts.oauthUrl}/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: slug,
      client_secret: openSecret('client_secret'),
      redirect_uri: redirectUri,
      // Not of the standard, but in Divar's list.
      code: accessToken,
    }).toString(),
  }),

  fetchUser: ({ hosts, openSecret, accessToken }) => ({
    method: 'GET',
    url: `${hosts.apiUrl}/v1/open-platform/users`,
    headers: {
      'x-api-key': openSecret('api_key'),
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
    },
  }),
};
