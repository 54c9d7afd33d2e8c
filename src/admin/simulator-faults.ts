/** What can be made to go wrong in the simulator, by the names that the panel knows. @see docs/simulator.md, Faults */

/** Divar's documents give no time; five seconds is far beyond what a person waits for. */
const SLOW_MS = 5000;
/** Beyond `WEBHOOK_TIMEOUT_MS`, the default of which is fifteen seconds. */
const HANGING_MS = 60_000;

export const FAULTS = {
  /** The recipient has blocked the sender: 412, code 9. */
  send_blocked: { where: 'send', status: 412 },
  send_quota: { where: 'send', status: 429 },
  send_error: { where: 'send', status: 500 },
  send_expired: { where: 'send', status: 401 },
  /** The message stands in the chat, and nobody hears of it. */
  send_lost: { where: 'send', mode: 'reset_after_store' },
  send_slow: { where: 'send', delay_ms: SLOW_MS },
  token_refused: { where: 'token', status: 401 },
  token_error: { where: 'token', status: 500 },
  token_slow: { where: 'token', delay_ms: SLOW_MS },
  event_twice: { where: 'event', mode: 'twice' },
  event_swapped: { where: 'event', mode: 'swap' },
  event_lost: { where: 'event', mode: 'lose' },
  webhook_error: { where: 'webhook', status: 500 },
  webhook_slow: { where: 'webhook', delay_ms: HANGING_MS },
} as const satisfies Record<string, { where: string; status?: number; mode?: string; delay_ms?: number }>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as [FaultName, ...FaultName[]];

/** As the simulator takes them. */
export function faultsOf(names: readonly FaultName[]): object[] {
  return names.map((name) => ({ ...FAULTS[name], name }));
}
