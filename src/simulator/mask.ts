/** Secrets never reach the log: a field is masked by its name, a few characters are left to tell two apart. */

const SECRET_NAME =
  /^(access_token|refresh_token|id_token|client_secret|code|token|authorization|x-api-key|x-access-token|identification_key|cookie|set-cookie)$/i;

const maskText = (value: string): string => (value.length < 12 ? '…' : `${value.slice(0, 6)}…`);

/** A copy of any JSON value with its secrets masked. */
export const maskTree = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(maskTree);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) && typeof item === 'string' ? maskText(item) : maskTree(item),
    ]),
  );
};

export const maskParams = (params: URLSearchParams): Record<string, unknown> =>
  maskTree(Object.fromEntries(params)) as Record<string, unknown>;

/** An address whose long path segments (handles) and secret parameters are masked. */
export const maskUrl = (text: string): string => {
  if (!URL.canParse(text)) return maskText(text);
  const url = new URL(text);
  const path = url.pathname
    .split('/')
    .map((part) => (part.length >= 20 ? maskText(part) : part))
    .join('/');
  const query = new URLSearchParams(maskParams(url.searchParams) as Record<string, string>);
  const search = url.search ? `?${query}` : '';
  return `${url.origin}${path}${search}`;
};
