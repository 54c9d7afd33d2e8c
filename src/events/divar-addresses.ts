/** Where Divar sends its events from. @see PROTOCOL 1.2 */
import ipaddr from 'ipaddr.js';
import type { Log } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';

/** `ENFORCE_DIVAR_IPS` */
export type AddressPolicy = 'off' | 'monitor' | 'enforce';

const RANGES = ['78.111.6.41/32', '78.111.6.42/32', '78.111.6.43/32', '31.214.250.128/27'].map((cidr) =>
  ipaddr.IPv4.parseCIDR(cidr),
);

export function isDivarAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' && RANGES.some((range) => (parsed as ipaddr.IPv4).match(range));
}

/** Whether an address may speak for Divar. Sandbox apps hear only the simulator, which may live anywhere. */
export function createAdmitsAddress({ policy, log }: { policy: AddressPolicy; log: Log }) {
  return (address: string, app: Pick<App, 'id' | 'environment'>): boolean => {
    if (policy === 'off' || app.environment === 'sandbox' || isDivarAddress(address)) return true;
    log.warn(
      { app_id: app.id, is_refused: policy === 'enforce' },
      "an event came from an address that is not Divar's",
    );
    return policy === 'monitor';
  };
}
