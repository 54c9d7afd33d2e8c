/** What follows from one try. Pure: the stage decides whether it may be tried again. @see PROTOCOL 4.8, CONTRACT section 7 */
import type { AnswerCode, SendResult } from '../divar/chat-replies.ts';
import { type Ladder, planWaitSeconds } from '../queue/ladder.ts';
import type { Message, MessageCode, MessageStep } from './messages.ts';

export interface Outcome {
  step: MessageStep;
  code: MessageCode | null;
  /** Until the next try. */
  waitSeconds: number;
  /** A rung of the schedule. */
  climbs: boolean;
}

type Verdict =
  | { kind: 'sent' }
  /** Surely not sent: tried again by the schedule, then failed. */
  | { kind: 'retry'; code: MessageCode; maxTries?: number }
  | { kind: 'fail'; code: MessageCode }
  /** Surely not sent, and the whole app waits: the message is not to blame. */
  | { kind: 'wait'; code: MessageCode }
  | { kind: 'unknown' };

/** Set aside after that many: what breaks our own preparation seldom heals by itself. */
const MAX_PREPARATIONS = 3;

const BY_ANSWER: Record<AnswerCode, Verdict> = {
  sent: { kind: 'sent' },
  invalid: { kind: 'fail', code: 'refused_by_divar' },
  unauthorized: { kind: 'fail', code: 'grant_broken' },
  forbidden: { kind: 'fail', code: 'forbidden' },
  target_not_found: { kind: 'fail', code: 'target_not_found' },
  recipient_restricted: { kind: 'fail', code: 'recipient_restricted' },
  rejected: { kind: 'fail', code: 'refused_by_divar' },
  throttled: { kind: 'wait', code: 'throttled' },
  unavailable: { kind: 'retry', code: 'divar_unavailable' },
  divar_error: { kind: 'unknown' },
  malformed_reply: { kind: 'unknown' },
};

/** Ends before the first byte that are not the network's. */
const BEFORE_SEND: Record<string, Verdict> = {
  poisoned: { kind: 'fail', code: 'poisoned' },
  bad_target: { kind: 'fail', code: 'target_not_found' },
  no_api_key: { kind: 'retry', code: 'app_not_ready' },
  not_renderable: { kind: 'retry', code: 'not_renderable', maxTries: MAX_PREPARATIONS },
};
const UNREACHABLE: Verdict = { kind: 'retry', code: 'divar_unreachable' };

export interface OutcomePolicy {
  /** `SEND_SCHEDULE_SECONDS` */
  ladder: Ladder;
  /** Evenly in [0, 1). */
  dice: number;
}

/** `message.failureCount` does not count the try that `result` is of. */
export function decideOutcome(
  result: Pick<SendResult, 'stage' | 'code' | 'retryAfterSeconds'>,
  message: Pick<Message, 'failureCount' | 'onUnknown' | 'grantId'>,
  policy: OutcomePolicy,
): Outcome {
  const verdict = judge(result);
  const again = (maxTries = Number.POSITIVE_INFINITY) =>
    message.failureCount + 1 >= maxTries
      ? undefined
      : planWaitSeconds({
          ...policy,
          failedCount: message.failureCount + 1,
          retryAfterSeconds: result.retryAfterSeconds,
        });

  switch (verdict.kind) {
    case 'sent':
      return { step: 'confirm', code: null, waitSeconds: 0, climbs: false };
    case 'fail':
      // Without a grant only the app's own key can have been refused.
      return failWith(
        verdict.code === 'grant_broken' && message.grantId === null ? 'api_key_refused' : verdict.code,
      );
    case 'wait':
      return { step: 'requeue', code: verdict.code, waitSeconds: 0, climbs: false };
    case 'retry':
      return retryAfter(again(verdict.maxTries), verdict.code);
    case 'unknown':
      if (message.onUnknown === 'hold')
        return { step: 'lose', code: 'outcome_unknown', waitSeconds: 0, climbs: true };
      if (result.code === 'poisoned') return failWith('poisoned');
      return retryAfter(message.onUnknown === 'retry' ? again() : undefined, 'outcome_unknown');
  }
}

function judge({ stage, code }: Pick<SendResult, 'stage' | 'code'>): Verdict {
  if (stage === 'ambiguous') return { kind: 'unknown' };
  if (stage === 'answered') return BY_ANSWER[code as AnswerCode] ?? { kind: 'unknown' };
  return (Object.hasOwn(BEFORE_SEND, code) ? BEFORE_SEND[code] : undefined) ?? UNREACHABLE;
}

function failWith(code: MessageCode): Outcome {
  return { step: 'fail', code, waitSeconds: 0, climbs: false };
}

function retryAfter(waitSeconds: number | undefined, code: MessageCode): Outcome {
  return waitSeconds === undefined ? failWith(code) : { step: 'requeue', code, waitSeconds, climbs: true };
}
