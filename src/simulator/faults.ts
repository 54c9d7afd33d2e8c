import { z } from 'zod';

/** What goes wrong on purpose. Without `mode` the given answer replaces the real one; with only `delay_ms`
 *  the real answer comes late. */
export const Fault = z.strictObject({
  where: z.string().min(1),
  app: z.string().optional(),
  status: z.int().min(200).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delay_ms: z.int().min(0).max(600_000).optional(),
  /** The last three are of events: never told, told twice, told after the next one. */
  mode: z
    .enum(['reset', 'reset_after_store', 'hang', 'trickle', 'empty', 'html', 'lose', 'twice', 'swap'])
    .optional(),
  times: z.int().min(1).optional(),
  /** How whoever asked for it calls it. */
  name: z.string().max(40).optional(),
});
export type Fault = z.infer<typeof Fault>;

export const FaultList = z.array(Fault);

/** Bodies as Divar would word them, for a fault that gives only a status. */
const REST_CODES: Record<number, { code: number; message: string; details?: unknown[] }> = {
  400: { code: 3, message: 'invalid argument' },
  401: { code: 16, message: 'unauthenticated' },
  403: { code: 7, message: 'permission denied', details: [] },
  404: { code: 5, message: 'not found' },
  412: { code: 9, message: "message delivery failed due to recipient's restriction" },
  429: {
    code: 8,
    message: 'quota exceeded',
    details: [{ '@type': 'type.googleapis.com/x.Y', limit: 'daily' }],
  },
};

const OAUTH_KINDS = new Set(['authorize', 'consent', 'token', 'refresh']);

export const faultBody = (kind: string, status: number): unknown => {
  if (status < 300) return {};
  if (!OAUTH_KINDS.has(kind)) return REST_CODES[status] ?? { code: 13, message: 'internal' };
  const error = status === 401 ? 'invalid_client' : status < 500 ? 'invalid_grant' : 'server_error';
  return { error, error_description: 'injected', status_code: status };
};

export const createFaults = () => {
  let faults: Fault[] = [];
  return {
    list: (): Fault[] => faults,
    replace(next: Fault[]): void {
      faults = next.map((fault) => ({ ...fault }));
    },
    /** Those of one app; all others stay as they are. */
    replaceOf(app: string, next: Fault[]): void {
      faults = [...next.map((fault) => ({ ...fault, app })), ...faults.filter((one) => one.app !== app)];
    },
    /** The first fault that fits; a counted one is used up. */
    take(kind: string, app: string | undefined): Fault | undefined {
      const found = faults.find((one) => one.where === kind && (one.app === undefined || one.app === app));
      if (found?.times !== undefined) {
        found.times -= 1;
        if (found.times === 0) faults = faults.filter((one) => one !== found);
      }
      return found;
    },
  };
};
export type Faults = ReturnType<typeof createFaults>;
