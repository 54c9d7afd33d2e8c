/** The request of an attempt as a command that makes it again. */

type Headers = Readonly<Record<string, string>>;

export function headerText(headers: Headers): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

/** Within single quotes nothing has a meaning but the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curlOf(url: string, headers: Headers, body: string): string {
  const parts = Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  return ['curl -X POST', ...parts, `--data-raw ${quote(body)}`, quote(url)].join(' \\\n  ');
}
