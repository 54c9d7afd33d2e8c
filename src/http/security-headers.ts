/** Headers that every answer carries, and the policy of the pages. Names and values in turn, as Node writes them. */

/** `https` decides about HSTS: on plain http (the embedded start) it would lock the developer's browser out. */
export function baseHeaders(publicUrl: string): readonly string[] {
  const headers = [
    'X-Content-Type-Options',
    'nosniff',
    'Cache-Control',
    'no-store',
    'Referrer-Policy',
    'no-referrer',
    'Cross-Origin-Resource-Policy',
    'same-origin',
  ];
  // Two years, the least that browsers ask of a preloaded site.
  return isHttps(publicUrl)
    ? [...headers, 'Strict-Transport-Security', 'max-age=63072000; includeSubDomains']
    : headers;
}

/** JSON that a browser is tricked into showing as a page still may not do anything. */
export const JSON_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Pages run no script and load nothing; only our own style, by its hash. Browsers of CSP level 1 (the web view of Android 5)
 * do not know hashes and take 'unsafe-inline'; every later one ignores that word beside a hash.
 * @see https://www.w3.org/TR/CSP3/#allow-all-inline
 */
export function pagePolicy(styleHash: string): string {
  return `default-src 'none'; style-src 'unsafe-inline' '${styleHash}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`;
}

export function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
