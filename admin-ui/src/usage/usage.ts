/** Usage as it is told, and its sums. */
export const KINDS = ['sessions', 'messages', 'sent', 'deliveries'] as const;
export type Kind = (typeof KINDS)[number];

export interface AppUsage extends Record<Kind, readonly number[]> {
  id: string;
  name: string;
  environment: 'live' | 'sandbox';
  quota: { used: number; limit: number | null };
}

export interface Usage {
  days: readonly string[];
  apps: readonly AppUsage[];
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Day by day over the apps that count: what the simulator does is no usage. */
export function totalsOf({ days, apps }: Usage): Record<Kind, number[]> {
  const counted = apps.filter(({ environment }) => environment === 'live');
  const of = (kind: Kind) => days.map((_, index) => sum(counted.map((app) => app[kind][index] ?? 0)));
  return {
    sessions: of('sessions'),
    messages: of('messages'),
    sent: of('sent'),
    deliveries: of('deliveries'),
  };
}
