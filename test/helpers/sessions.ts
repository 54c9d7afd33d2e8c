import type { NewSession, Visit } from '../../src/session/session.ts';
import { T0, testNewId } from './fakes.ts';

interface Overrides extends Partial<Omit<NewSession, 'visit'>> {
  tenantId: string;
  appId: string;
  userId?: string | null;
  visit?: Partial<Visit>;
}

/** A visit of a seller in a chat of the second generation, but for what is overridden. */
export function newSession({ userId = null, visit, ...rest }: Overrides): NewSession {
  return {
    id: testNewId()('ses'),
    generation: 'v2',
    entry: 'init',
    simulated: false,
    createdAt: T0,
    launchExpiresAt: new Date(T0.getTime() + 120_000),
    expiresAt: new Date(T0.getTime() + 86_400_000),
    ...rest,
    visit: {
      source: 'CHAT',
      sourceRaw: null,
      postToken: 'wZ_x9Qa7',
      conversationId: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
      user: { id: userId, side: 'supply' },
      peer: { id: null },
      data: null,
      page: null,
      location: null,
      returnAddress: 'https://open-platform-redirect.divar.ir/completion',
      extra: {},
      ...visit,
    },
  };
}
