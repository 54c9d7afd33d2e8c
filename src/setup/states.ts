/** The `state` of a consent that only tries the redirect address: nothing of it is stored, and nobody else can make one. */
import { constantTimeEqual } from '../http/digest.ts';
import type { BlindIndex, RandomBytes } from '../ports.ts';

const FORM = /^setup_([A-Za-z0-9_-]{16})_(.+)$/;

export type SetupStates = ReturnType<typeof createSetupStates>;

export function createSetupStates({ blindIndex, random }: { blindIndex: BlindIndex; random: RandomBytes }) {
  const sign = (appId: string, nonce: string) => blindIndex(`setup|${appId}|${nonce}`);
  return {
    make: (appId: string): string => {
      const nonce = random(12).toString('base64url');
      return `setup_${nonce}_${sign(appId, nonce)}`;
    },
    fits: (appId: string, state: string | null): boolean => {
      const [, nonce, signature] = FORM.exec(state ?? '') ?? [];
      return (
        nonce !== undefined && signature !== undefined && constantTimeEqual(signature, sign(appId, nonce))
      );
    },
  };
}
