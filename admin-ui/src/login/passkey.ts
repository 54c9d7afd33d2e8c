/** The browser's side of passkeys: what it asks the device, and what the gateway gets of it. */
import { call, failureOf, type Outcome } from '../api/call.ts';
import type { Next, Passkey } from '../api/shapes.ts';

interface Options {
  options: Record<string, unknown>;
}

/** A browser offers them on https, and on the machine itself. */
export const canUsePasskeys = (): boolean =>
  window.isSecureContext && typeof window.PublicKeyCredential === 'function';

/** What a refusal of the device means: closing the question is no failure. */
function refused(error: unknown): { ok: false; failure: ReturnType<typeof failureOf> } {
  const name = error instanceof Error ? error.name : '';
  return {
    ok: false,
    failure: failureOf(name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'device'),
  };
}

async function sign(path: string, useBrowserAutofill = false): Promise<Outcome<unknown>> {
  const asked = await call<Options>('POST', `${path}/options`);
  if (!asked.ok) return asked;
  try {
    const { startAuthentication } = await import('@simplewebauthn/browser');
    const optionsJSON = asked.value.options as never;
    return { ok: true, value: await startAuthentication({ optionsJSON, useBrowserAutofill }) };
  } catch (error) {
    return refused(error);
  }
}

async function answer<T>(path: string, signed: Outcome<unknown>): Promise<Outcome<T>> {
  return signed.ok ? call<T>('POST', path, { answer: signed.value }) : signed;
}

/** In the place of the password. */
export async function enterByPasskey(): Promise<Outcome<Next>> {
  return answer('/login/passkey', await sign('/login/passkey'));
}

/** Offers passkeys in the field of the e-mail address, until one is chosen or the page goes on; undefined: not here. */
export async function offerPasskey(): Promise<Outcome<Next> | undefined> {
  if (!canUsePasskeys()) return undefined;
  const { browserSupportsWebAuthnAutofill } = await import('@simplewebauthn/browser');
  if (!(await browserSupportsWebAuthnAutofill())) return undefined;
  return answer('/login/passkey', await sign('/login/passkey', true));
}

/** Whoever has left the page is not asked any more. */
export async function stopOffer(): Promise<void> {
  const { WebAuthnAbortService } = await import('@simplewebauthn/browser');
  WebAuthnAbortService.cancelCeremony();
}

/** In the place of a code. */
export async function proveByPasskey(): Promise<Outcome<Next>> {
  return answer('/passkey-proof', await sign('/passkey-proof'));
}

export async function addPasskey(name: string): Promise<Outcome<Passkey>> {
  const asked = await call<Options>('POST', '/passkeys/options');
  if (!asked.ok) return asked;
  try {
    const { startRegistration } = await import('@simplewebauthn/browser');
    const made = await startRegistration({ optionsJSON: asked.value.options as never });
    return await call<Passkey>('POST', '/passkeys', { name, answer: made });
  } catch (error) {
    return refused(error);
  }
}
