/** Text that somebody typed: it keeps its own direction, and signs that turn others around are shown instead of obeyed. */
const TURNING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

export function showTurning(text: string): string {
  return text.replace(TURNING, (sign) => `⟦${sign.charCodeAt(0).toString(16).toUpperCase()}⟧`);
}

export function Foreign({ text }: { text: string }) {
  return <bdi>{showTurning(text)}</bdi>;
}
