/**
 * Roll-over of the keys that sign session tokens. Pure.
 *   made --1 hour: published, so that every reader of our key set knows it--> signs --30 days--> published --1 day--> gone
 */

/** Longer than anybody should keep our key set. */
const PUBLISHED_BEFORE_SECONDS = 3600;
const SIGNING_SECONDS = 30 * 24 * 3600;
/** Far longer than a token lives: clocks and caches may be wrong by hours. */
const PUBLISHED_AFTER_SECONDS = 24 * 3600;

export interface KeyAge {
  id: string;
  createdAt: Date;
}

export interface SigningPlan {
  /** The id of a key to make now. The day is in it: two processes that plan at once make one key. */
  add: string | undefined;
  remove: string[];
  /** The key to sign with; undefined when there is none yet. */
  signing: string | undefined;
}

export function planSigningKeys(keys: readonly KeyAge[], now: Date): SigningPlan {
  const ageSeconds = ({ createdAt }: KeyAge) => (now.getTime() - createdAt.getTime()) / 1000;
  const newestFirst = keys.toSorted(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id),
  );
  const newest = newestFirst[0];
  // The first key of all has nobody to wait for.
  const signing =
    newestFirst.find((key) => ageSeconds(key) >= PUBLISHED_BEFORE_SECONDS) ?? newestFirst.at(-1);
  const lifeSeconds = PUBLISHED_BEFORE_SECONDS + SIGNING_SECONDS + PUBLISHED_AFTER_SECONDS;
  return {
    add: !newest || ageSeconds(newest) >= SIGNING_SECONDS ? keyIdAt(now) : undefined,
    remove: keys
      .filter((key) => key.id !== signing?.id && ageSeconds(key) >= lifeSeconds)
      .map(({ id }) => id),
    signing: signing?.id,
  };
}

function keyIdAt(now: Date): string {
  return `sig-${now.toISOString().slice(0, 10)}`;
}
