import type { Grants } from './grants.ts';
import type { Happenings } from './happenings.ts';
import type { PersonKey, World } from './world.ts';

interface RevokeDeps {
  world: World;
  grants: Pick<Grants, 'revoke'>;
  happenings: Pick<Happenings, 'revoked'>;
}

/** A person takes an app's access back in Divar's settings. Returns how many grants that were. */
export const createRevoke =
  ({ world, grants, happenings }: RevokeDeps) =>
  (slug: string, person: PersonKey): number => {
    const live = Object.values(world.grants).filter(
      (one) => one.app === slug && one.person === person && one.revokedAt === undefined,
    );
    for (const grant of live) grants.revoke(grant);
    happenings.revoked(slug, person, live);
    return live.length;
  };
export type Revoke = ReturnType<typeof createRevoke>;
