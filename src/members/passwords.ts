/** Passwords: how good one is, and their hashes. @see OWASP ASVS 5.0, 6.2; OWASP Password Storage Cheat Sheet */
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { Problem, type ProblemIssue } from '../errors.ts';
import { MAX_PASSWORD_LENGTH } from './members.ts';

export const MIN_PASSWORD_LENGTH = 12;
/** Of 0 to 4: at least 10^8 guesses. */
const MIN_SCORE = 3;

/** 19 MiB, two passes, one lane; 2 is argon2id (the package's enum exists for the compiler only). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: 2 as Algorithm.Argon2id };
/** A hash of nothing that anybody knows: an unknown address takes the time of a known one. */
const OF_NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$OqMGBD6DYY7E5irVVTNz/A$j/e5ntAailRF3Q/kzhyoNwTJGKANxXav7WxVAhNXl/M';

/** A hash takes a core for 30 to 130 ms: more of them at once would take what the init path lives on. */
const MAX_RUNNING = 2;
/** Two seconds of work; whoever comes later is told to come again. */
const MAX_WAITING = 32;

export type Passwords = ReturnType<typeof createPasswords>;

export function createPasswords() {
  const meter = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const inTurn = createTurns();

  return {
    /** Everything that is wrong with a chosen password. `words` are known to whoever guesses: address, organization. */
    judge: (password: string, words: readonly string[]): ProblemIssue[] => {
      const path = 'body.password';
      if ([...password].length < MIN_PASSWORD_LENGTH)
        return [{ path, code: 'too_small', message: `At least ${MIN_PASSWORD_LENGTH} characters` }];
      const known = words.flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)]);
      const { score } = meter.check(
        password.slice(0, 100),
        known.filter((word) => word.length > 2),
      );
      if (score >= MIN_SCORE) return [];
      return [
        {
          path,
          code: 'password_guessable',
          message: 'Easy to guess: use several words that do not belong together',
        },
      ];
    },

    hash: (password: string): Promise<string> => inTurn(() => hash(prepare(password), COST)),

    /** Takes the same time without a hash, and then never fits. */
    verify: async (passwordHash: string | undefined, password: string): Promise<boolean> => {
      const fits = await inTurn(() => verify(passwordHash ?? OF_NOBODY, prepare(password)));
      return fits && passwordHash !== undefined;
    },
  };
}

/** One password however the keyboard composes it. */
function prepare(password: string): string {
  return password.slice(0, MAX_PASSWORD_LENGTH).normalize('NFKC');
}

/** @throws Problem `unavailable` when too many wait already. */
function createTurns() {
  let runningCount = 0;
  const waiting: (() => void)[] = [];
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (runningCount >= MAX_RUNNING) {
      if (waiting.length >= MAX_WAITING) throw new Problem('unavailable', { retryAfterSeconds: 2 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else runningCount += 1;
    try {
      return await run();
    } finally {
      // The place is handed on, or given up.
      const next = waiting.shift();
      if (next) next();
      else runningCount -= 1;
    }
  };
}
