import { renderCompletionPage } from './page/completion-page.ts';
import { type Call, cookieOf, type Reply, type Route } from './route.ts';
import type { Generation, Stage } from './world.ts';

/** v1 add-ons tell a price and an outcome on the way back; later ones tell nothing (PROTOCOL.md 2.8). */
const OLD_PARAMS = ['status', 'price'];
const OLD_STATUSES = ['success', 'fail'];

const judgeParams = (query: URLSearchParams, generation: Generation | undefined): string[] => {
  const warnings: string[] = [];
  for (const name of new Set(query.keys())) {
    if (!OLD_PARAMS.includes(name)) warnings.push(`parameter ${name} is not expected`);
    else if (generation && generation !== 'v1') warnings.push(`parameter ${name} is expected only in v1`);
  }
  const status = query.get('status');
  if (status !== null && !OLD_STATUSES.includes(status)) warnings.push('status must be success or fail');
  const price = query.get('price');
  if (price !== null && !/^\d+$/.test(price)) warnings.push('price must be whole rials');
  return warnings;
};

/** The fixed address every visit ends at. */
export const createCompletionRoutes = ({ world, now, changed }: Stage): Route[] => {
  const complete = (call: Call): Reply => {
    const visit = world.visits[cookieOf(call, 'sim_visit') ?? ''];
    const app = visit && world.apps[visit.app];
    const warnings = judgeParams(call.query, app?.generation);
    world.completions.push({
      at: now(),
      visit: visit?.id,
      app: visit?.app,
      params: Object.fromEntries(call.query),
      warnings,
    });
    if (visit) visit.completedAt = now();
    changed();
    call.notes.problems.push(...warnings);
    const isOfDesk = world.conversations[visit?.conversation ?? '']?.onlyApp !== undefined;
    Object.assign(call.notes, { app: visit?.app, as: visit?.as, conversation: visit?.conversation });
    return { status: 200, html: renderCompletionPage(!isOfDesk) };
  };
  return [{ method: 'GET', path: '/completion', caller: 'browser', kind: 'completion', answer: complete }];
};
