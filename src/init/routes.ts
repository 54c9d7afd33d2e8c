/** Where Divar and its users come in: the session POST of both generations, and the direct link. */
import { Problem } from '../errors.ts';
import { CHECK_HEADER } from '../http/divar-route.ts';
import type { DivarRoute, PageRoute, Route } from '../http/route.ts';
import type { Log, NewId } from '../ports.ts';
import type { Handles } from '../session/handle.ts';
import type { Entry, NewSession, Visit } from '../session/session.ts';
import type { App, AppDirectory, Generation } from '../tenants/tenants.ts';
import { readDirectLink, readVisit } from './init.ts';
import type { VisitIntake } from './intake.ts';

export interface InitDeps {
  directory: Pick<AppDirectory, 'find'>;
  intake: VisitIntake;
  handles: Pick<Handles, 'carry'>;
  /** Told of a user who came by the direct link. */
  noteDirectLink: (app: App, now: Date) => void;
  newId: NewId;
  log: Log;
  publicUrl: string;
  launchTtlSeconds: number;
  sessionTtlSeconds: number;
}

export function createInitRoutes(deps: InitDeps): Route[] {
  const begin = (
    app: App,
    now: Date,
    facts: { generation: Generation; entry: Entry; visit: Visit },
  ): NewSession => ({
    tenantId: app.tenantId,
    id: deps.newId('ses'),
    appId: app.id,
    generation: facts.generation,
    entry: facts.entry,
    visit: facts.visit,
    simulated: app.environment === 'sandbox',
    createdAt: now,
    launchExpiresAt: new Date(now.getTime() + deps.launchTtlSeconds * 1000),
    expiresAt: new Date(now.getTime() + deps.sessionTtlSeconds * 1000),
  });

  const initialize: DivarRoute = {
    kind: 'divar',
    method: 'POST',
    path: '/i/:app_id',
    summary: 'Session initialization: Divar asks for the page of a user who tapped',
    handle: async ({ app, headers, body, now, requestId }) => {
      const read = readVisit(headers, body);
      const { generation, warnings } = read;
      if (warnings.length > 0)
        deps.log.warn({ request_id: requestId, app_id: app.id, warnings }, 'odd session body');
      const session = begin(app, now, read);
      // Nobody's visit: a check gets the true answer, and leaves nothing behind.
      const isCheck = headers[CHECK_HEADER] !== undefined;
      const handle = (isCheck && deps.handles.carry(session)) || (await deps.intake.accept(session));
      const url = `${deps.publicUrl}/s/${handle}`;
      // A strict reader of the second generation refuses fields it does not know. PROTOCOL 2.6
      return {
        status: 200,
        body: generation === 'v1' ? { status: '200', message: 'success', url } : { url },
      };
    },
  };

  const directLink: PageRoute = {
    kind: 'page',
    method: 'GET',
    path: '/f/:app_id',
    summary: 'Direct link (Fallback URL): a user comes without a session POST',
    handle: async ({ method, params, query, now }) => {
      const app = deps.directory.find(params.app_id ?? '');
      if (!app || app.suspended) throw new Problem('not_found');
      if (method === 'HEAD') return { status: 200 };
      const visit = readDirectLink(query);
      deps.noteDirectLink(app, now);
      const handle = await deps.intake.accept(
        begin(app, now, { generation: app.generation, entry: 'direct_link', visit }),
      );
      return { status: 303, location: `${deps.publicUrl}/s/${handle}` };
    },
  };

  return [initialize, directLink];
}
