import test from 'ava';
import { constantTimeEqual, sha256Base64url } from '../../src/http/digest.ts';

test('a digest is SHA-256 in base64url', (t) => {
  t.is(sha256Base64url('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});

test('equal is equal, and nothing else is', (t) => {
  t.true(constantTimeEqual('کلید', 'کلید'));
  t.true(constantTimeEqual('', ''));
  for (const other of ['', 'k', 'key2', 'Key', 'ke\u0301y']) t.false(constantTimeEqual('key', other));
});
