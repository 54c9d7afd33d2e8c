/** Serves the reference. @see CONTRACT section 4 */
import type { PageRoute, Route } from '../http/route.ts';
import { pagePolicy } from '../http/security-headers.ts';
import { docsStyleHash, type OpenApiDocument, renderDocs } from './docs.ts';

export interface DocsRoutesDeps {
  publicUrl: string;
  document(): OpenApiDocument;
  allRoutes(): readonly Route[];
}

export function createDocsRoutes({ publicUrl, document, allRoutes }: DocsRoutesDeps): PageRoute[] {
  let html: string | undefined;
  return [
    {
      kind: 'page',
      method: 'GET',
      path: '/docs',
      summary: 'This reference',
      handle: async () => {
        html ??= renderDocs(document(), { routes: allRoutes(), publicUrl });
        const policy = pagePolicy(docsStyleHash);
        // The same for everybody, until the next release.
        return {
          status: 200,
          html,
          headers: { 'Content-Security-Policy': policy, 'Cache-Control': 'public, max-age=300' },
        };
      },
    },
  ];
}
