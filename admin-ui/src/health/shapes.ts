export type Fault = 'away' | 'ours' | 'key' | 'request';

export interface HealthWindow {
  name: 'day' | 'week';
  from: string;
  minutes: number;
  target: number;
  availability: number | null;
  lost: Record<Fault, number>;
}

export interface Health {
  p99: { ms: number | null; target_ms: number; calls: number };
  windows: readonly HealthWindow[];
  series: readonly { at: string; calls: number; failed: number; p99_ms: number | null }[];
  lost_minutes: readonly { at: string; minutes: number; fault: Fault; calls: number; failed: number }[];
}
