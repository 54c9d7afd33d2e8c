import test from 'ava';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import {
  advanceMessage,
  FINAL_STATES,
  isFinal,
  MESSAGE_STATES,
  MESSAGE_TRANSITIONS,
  type MessageState,
  type MessageStep,
} from '../../src/messages/messages.ts';

/** CONTRACT section 5, "Message states". */
const PROMISED: Record<MessageState, readonly MessageState[]> = {
  queued: ['sending', 'cancelled', 'expired', 'failed'],
  sending: ['sent', 'unknown', 'queued', 'failed'],
  unknown: ['sent', 'failed', 'queued'],
  held: ['queued', 'cancelled', 'expired', 'failed'],
  sent: [],
  failed: [],
  expired: [],
  cancelled: [],
};

test('the table of transitions is the promised one, no more and no less', (t) => {
  const steps = Object.values(MESSAGE_TRANSITIONS) as Partial<Record<MessageState, MessageState>>[];
  for (const state of MESSAGE_STATES) {
    const next = new Set(steps.map((step) => step[state]).filter((to) => to !== undefined));
    t.deepEqual([...next].sort(), [...PROMISED[state]].sort(), state);
  }
});

test('nothing leaves a final state, whatever is tried', (t) => {
  const steps = fc.array(fc.constantFrom(...(Object.keys(MESSAGE_TRANSITIONS) as MessageStep[])));
  fc.assert(
    fc.property(fc.constantFrom(...FINAL_STATES), steps, (state, tried) =>
      tried.every((step) => {
        try {
          advanceMessage(state, step);
          return false;
        } catch (error) {
          return error instanceof Problem && error.code === 'conflict';
        }
      }),
    ),
  );
  t.pass();
});

test('exactly the promised four states are final', (t) => {
  t.deepEqual(MESSAGE_STATES.filter(isFinal).sort(), ['cancelled', 'expired', 'failed', 'sent']);
});
