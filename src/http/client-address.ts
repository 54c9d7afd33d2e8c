/** Who really calls, behind proxies of ours. */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

export type ClientAddress = (req: IncomingMessage) => string;

/** A caller may write into `X-Forwarded-For` what it likes, so it is read from the right: the first address that is not one
 *  of `trustedProxies` (CIDRs) is the caller. Without trusted proxies the header is never read. */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const ranges = trustedProxies.map((cidr) =>
    ipaddr.parseCIDR(cidr.includes('/') ? cidr : `${cidr}/${bitsOf(cidr)}`),
  );
  const isTrusted = (text: string) => {
    const address = parse(text);
    return (
      address !== undefined &&
      ranges.some((range) => address.kind() === range[0].kind() && address.match(range))
    );
  };

  return (req) => {
    const peer = req.socket.remoteAddress ?? 'unknown';
    if (ranges.length === 0 || !isTrusted(peer)) return normalise(peer);
    const forwarded = req.headers['x-forwarded-for'];
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
      .split(',')
      .map((hop) => hop.trim());
    let caller = peer;
    for (const hop of hops.reverse()) {
      // A hop that is no address was not written by a proxy of ours: what stands before it proves nothing.
      if (parse(hop) === undefined) break;
      caller = hop;
      if (!isTrusted(hop)) break;
    }
    return normalise(caller);
  };
}

/** One caller, one bucket: whoever has an IPv6 address usually has the whole /64. */
export function networkOf(address: string): string {
  const parsed = parse(address);
  if (parsed?.kind() !== 'ipv6') return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}

function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** `::ffff:10.0.0.1` and `10.0.0.1` are the same caller. */
function normalise(text: string): string {
  return parse(text)?.toString() ?? text;
}

function bitsOf(address: string): number {
  return ipaddr.parse(address).kind() === 'ipv6' ? 128 : 32;
}
