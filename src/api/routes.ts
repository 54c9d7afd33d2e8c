/** The resources of /v1 that belong to no station of the visit. */
import { createOpenApi } from '../http/openapi.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import { AppView, presentApp } from './app-view.ts';
import { createDocsRoutes } from './docs-routes.ts';

export interface ApiRoutesDeps {
  publicUrl: string;
  version: string;
  /** Every route of the process, these included: asked for when the document is first read. */
  allRoutes(): readonly Route[];
}

export function createApiRoutes({ publicUrl, version, allRoutes }: ApiRoutesDeps): Route[] {
  let document: ReturnType<typeof createOpenApi> | undefined;
  const readDocument = () => {
    document ??= createOpenApi({ routes: allRoutes(), publicUrl, version });
    return document;
  };

  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/app',
      scope: 'app:read',
      summary: 'The app of this key',
      replies: { 200: { description: 'The app', schema: AppView } },
      handle: async ({ app }) => ({ status: 200, body: presentApp(app, publicUrl) }),
    }),
    {
      kind: 'page',
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This description of the API',
      handle: async () => ({ status: 200, json: readDocument() }),
    },
    ...createDocsRoutes({ publicUrl, document: readDocument, allRoutes }),
  ];
}
