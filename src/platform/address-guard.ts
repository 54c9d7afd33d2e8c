/** Which addresses a tenant's URL may name, and which of them a connection may go to. @see RFC 6890 */
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { CallError } from '../ports.ts';

export type ResolveName = (hostname: string) => Promise<string[]>;

export interface Target {
  protocol: string;
  /** Without the brackets of an IPv6 literal. */
  hostname: string;
  port: number;
}

export interface AddressGuard {
  /** Whether a tenant may store this address; names are judged again, by what they resolve to, on each connection. */
  isAllowedUrl(url: string): boolean;
  /** Where a connection to `target` may go. Throws `CallError` `not_allowed`, one for all reasons, or `dns`. */
  admit(target: Target): Promise<string[]>;
}

/** Global unicast. What is outside has no owner whom a tenant could name. @see RFC 4291, 2.4 */
const IPV6_GLOBAL = ipaddr.parseCIDR('2000::/3');
/** Azure's host service, reachable from every machine there; a public address by its number. */
const AZURE_HOST = '168.63.129.16';

const resolveName: ResolveName = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map((answer) => answer.address);

export function createAddressGuard({
  egressAllow,
  publicUrl,
  resolve = resolveName,
}: {
  /** CIDRs and `host:port`: reachable although not public, over http and on any port. */
  egressAllow: readonly string[];
  publicUrl: string;
  resolve?: ResolveName;
}): AddressGuard {
  const ranges = egressAllow
    .filter((entry) => ipaddr.isValidCIDR(entry))
    .map((entry) => ipaddr.parseCIDR(entry));
  const places = new Set(
    egressAllow.filter((entry) => !ipaddr.isValidCIDR(entry)).map((entry) => entry.toLowerCase()),
  );
  const ownUrl = parseTarget(publicUrl);
  if (ownUrl) places.add(placeOf(ownUrl));

  const isListed = (target: Target) => places.has(placeOf(target));
  const isInRanges = (address: string) => ranges.some((range) => isInRange(address, range));
  const isStandard = (target: Target) => target.protocol === 'https:' && target.port === 443;

  return {
    isAllowedUrl(url) {
      const target = parseTarget(url);
      if (!target) return false;
      if (isListed(target)) return true;
      const literals = literalsOf(target.hostname);
      if (literals.length === 0) return isStandard(target);
      return literals.every(isInRanges) || (isStandard(target) && literals.every(isPublic));
    },

    async admit(target) {
      const isLiteral = ipaddr.isValid(target.hostname);
      const addresses = isLiteral ? [target.hostname] : await resolve(target.hostname).catch(throwDns);
      if (addresses.length === 0) throwDns();
      if (isListed(target) || addresses.every(isInRanges)) return addresses;
      const areReachable = addresses.every((address) => isPublic(address) || isInRanges(address));
      if (!isStandard(target) || !areReachable) throw new CallError('before_send', 'not_allowed');
      return addresses;
    },
  };
}

/** Undefined: not an absolute http or https URL, or one with user information. WHATWG parsing turns every spelling
 *  of an IPv4 address (`0x7f.1`, `2130706433`, `127.1`) into the one that is judged. */
export function parseTarget(text: string): Target | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const defaultPort = { 'http:': 80, 'https:': 443 }[url.protocol];
  if (defaultPort === undefined || url.username !== '' || url.password !== '') return undefined;
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return { protocol: url.protocol, hostname, port: url.port === '' ? defaultPort : Number(url.port) };
}

export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text) || text === AZURE_HOST) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(IPV6_GLOBAL as [ipaddr.IPv6, number]);
}

/** `localhost` names this machine, whatever the resolver says. @see RFC 6761, 6.3 */
function literalsOf(hostname: string): string[] {
  if (ipaddr.isValid(hostname)) return [hostname];
  return /(^|\.)localhost\.?$/.test(hostname) ? ['127.0.0.1', '::1'] : [];
}

function isInRange(text: string, range: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  const address = ipaddr.parse(text);
  return address.kind() === range[0].kind() && address.match(range as [ipaddr.IPv4, number]);
}

function placeOf({ hostname, port }: Target): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

function throwDns(cause?: unknown): never {
  throw new CallError('before_send', 'dns', { cause });
}
