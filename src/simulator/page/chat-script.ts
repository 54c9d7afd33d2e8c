import { KIT_SCRIPT } from './script-kit.ts';
import { LIVE_SCRIPT } from './script-live.ts';
import { PHONE_SCRIPT } from './script-phone.ts';
import { TRACE_SCRIPT } from './script-trace.ts';

/** The chat page's one script. It is kept as text because the build copies no assets; there is no framework
 *  because the page must run from source and from the build without a bundler. */
export const CHAT_SCRIPT = `'use strict';
(function () {
${KIT_SCRIPT}
${PHONE_SCRIPT}
${TRACE_SCRIPT}
${LIVE_SCRIPT}
})();
`;
