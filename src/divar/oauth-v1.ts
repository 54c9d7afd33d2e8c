/** Divar's OAuth as the seed document describes it. @see PROTOCOL 3.1, 3.5, 3.6, 3.8 */
import type { OauthDialect } from './oauth.ts';

export const oauthV1: OauthDialect = {
  issuer: (hosts) => hosts.v1OauthUrl,

  authorizeUrl: ({ hosts, slug, redirectUri, scopes, state }) =>
    [
      `${hosts.v1OauthUrl}/oauth?response_type=code`,
      `client_id=${encodeURIComponent(slug)}`,
      `redirect_uri=${encodeURIComponent(redirectUri)}`,
      // A literal `+` is an encoded space; one that were encoded too would make a single bogus scope of them all.
      `scope=${scopes.map(spellScope).map(encodeURIComponent).join('+')}`,
      `state=${encodeURIComponent(state)}`,
    ].join('&'),

  exchange: ({ hosts, slug, openSecret, code }) => {
    // v1 has no secret of its own for OAuth: an API key is the secret.
    const apiKey = openSecret('api_key');
    return {
      method: 'POST',
      url: `${hosts.v1ApiUrl}/v1/open-platform/oauth/access_token`,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({
        code,
        client_id: slug,
        client_secret: apiKey,
        grant_type: 'authorization_code',
      }),
    };
  },

  // Only a draft of Divar's describes it: most grants of this generation have no refresh token, and end with their hour.
  refresh: ({ hosts, slug, openSecret, refreshToken }) => {
    const apiKey = openSecret('api_key');
    return {
      method: 'POST',
      url: `${hosts.v1ApiUrl}/v1/open-platform/oauth/access_token`,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: slug,
        client_secret: apiKey,
      }),
    };
  },

  fetchUser: ({ hosts, openSecret, accessToken }) => ({
    method: 'POST',
    url: `${hosts.v1ApiUrl}/v1/open-platform/users`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-api-key': openSecret('api_key'),
      'x-access-token': accessToken,
    },
  }),
};

/** `SCOPE.<id>` as v1 writes it: `SCOPE__<id>`. Names hold no dot, so the first one is the separator. */
function spellScope(scope: string): string {
  return scope.replace('.', '__');
}
