import type { IncomingMessage } from 'node:http';
import test from 'ava';
import { createClientAddress, networkOf } from '../../src/http/client-address.ts';

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test('without trusted proxies only the socket counts', (t) => {
  const address = createClientAddress([]);
  t.is(address(request('203.0.113.5', '10.0.0.1')), '203.0.113.5');
  t.is(address(request('::ffff:203.0.113.5')), '203.0.113.5');
});

test('from a proxy that nobody trusts the header counts nothing', (t) => {
  t.is(createClientAddress(['10.0.0.0/8'])(request('203.0.113.5', '198.51.100.7')), '203.0.113.5');
});

test('behind trusted proxies the last address that is not one of theirs is the caller', (t) => {
  const address = createClientAddress(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);
  t.is(address(request('10.0.0.1', '198.51.100.7')), '198.51.100.7');
  t.is(address(request('10.0.0.1', '6.6.6.6, 198.51.100.7, 10.0.0.2')), '198.51.100.7');
  t.is(address(request('::ffff:10.0.0.1', '198.51.100.7,2001:db8::5')), '198.51.100.7');
  t.is(address(request('192.0.2.1', '2606:4700:0:0::1')), '2606:4700::1');
  t.is(address(request('10.0.0.1', '10.0.0.3, 10.0.0.2')), '10.0.0.3');
});

test('what stands before something that is no address proves nothing', (t) => {
  const address = createClientAddress(['10.0.0.0/8']);
  t.is(address(request('10.0.0.1', '198.51.100.7, unknown, 10.0.0.2')), '10.0.0.2');
  t.is(address(request('10.0.0.1', '')), '10.0.0.1');
  t.is(address(request('10.0.0.1')), '10.0.0.1');
  t.is(address(request('10.0.0.1', `${'1,'.repeat(5000)}`)), '10.0.0.1');
});

test('an IPv6 caller counts with its whole network', (t) => {
  t.is(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::1'));
  t.not(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  t.is(networkOf('203.0.113.5'), '203.0.113.5');
  t.is(networkOf('unknown'), 'unknown');
});
