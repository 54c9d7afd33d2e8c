import test from 'ava';
import { isDivarAddress } from '../../src/events/divar-addresses.ts';

for (const address of [
  '78.111.6.41',
  '78.111.6.43',
  '31.214.250.128',
  '31.214.250.159',
  '::ffff:78.111.6.42',
])
  test(`${address} is Divar's`, (t) => t.true(isDivarAddress(address)));

for (const address of [
  '78.111.6.40',
  '78.111.6.44',
  '31.214.250.127',
  '31.214.250.160',
  '127.0.0.1',
  '::1',
  '',
  'unknown',
])
  test(`${address || 'nothing'} is not Divar's`, (t) => t.false(isDivarAddress(address)));
