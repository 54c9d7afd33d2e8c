import test from 'ava';
import { makeReferences, readReference, renderButtons } from '../../src/messages/buttons.ts';
import type { TenantGrid } from '../../src/messages/messages.ts';
import { createTestRandom } from '../helpers/fakes.ts';

const grid: TenantGrid = [
  [
    { caption: 'a', icon: 'TERMS', action: { open_url: 'https://shop.example/' } },
    { caption: 'b', action: { open_session: { data: { n: 1 }, page: 'track' } } },
  ],
  [
    { caption: 'c', icon: null, action: { ask: { data: { big: Number.MAX_SAFE_INTEGER } } } },
    { caption: 'd', action: { open_post: 'wZ_x9Qa7' } },
    { caption: 'e', action: { open_post_manage: 'wZ_x9Qa7' } },
  ],
];

test('makes a reference for each button that comes back, at its place', (t) => {
  const made = makeReferences({ sender: grid, receiver: [grid[1] ?? []] }, createTestRandom());
  t.deepEqual(
    made.map(({ place, kind, page }) => [place, kind, page]),
    [
      ['sender.0.1', 'session', 'track'],
      ['sender.1.0', 'ask', null],
      ['receiver.0.0', 'ask', null],
    ],
  );
  t.is(new Set(made.map(({ reference }) => reference)).size, 3);
});

test('Divar gets references as text, and nothing of what stands behind them', (t) => {
  const references = Object.fromEntries(
    makeReferences({ sender: grid, receiver: [] }, createTestRandom()).map(({ place, reference }) => [
      place,
      reference,
    ]),
  );
  const [link, ask] = Object.values(references);
  t.deepEqual(renderButtons(grid, 'sender', references), [
    [
      { caption: 'a', icon: 'TERMS', action: { openUrl: 'https://shop.example/' } },
      { caption: 'b', icon: null, action: { openSession: { ref: link ?? '' } } },
    ],
    [
      { caption: 'c', icon: null, action: { ask: { ref: ask ?? '' } } },
      { caption: 'd', icon: null, action: { openPost: 'wZ_x9Qa7' } },
      { caption: 'e', icon: null, action: { openPostManage: 'wZ_x9Qa7' } },
    ],
  ]);
});

test('a button whose reference is lost is not sent', (t) => {
  t.throws(() => renderButtons(grid, 'sender', {}), { message: /no reference/ });
});

test('reads back its own references, and takes nothing else for one', (t) => {
  const [made] = makeReferences({ sender: grid, receiver: [] }, createTestRandom());
  t.is(readReference({ ref: made?.reference, more: 1 }), made?.reference);
  for (const data of [
    {},
    { ref: 5 },
    { ref: 'pvd_' },
    { ref: `${made?.reference}x` },
    { ref: null },
    { order: 'A-17' },
  ])
    t.is(readReference(data), undefined);
});
