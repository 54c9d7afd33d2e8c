import { z } from 'zod';

/** How Divar words a request: every point on which its documents disagree (PROTOCOL.md section 7) is a switch.
 *  An absent switch is the default of the app's generation. */
export const Dialect = z.strictObject({
  profile: z.enum(['v1', 'mid', 'v2']).optional(),
  version_header: z.enum(['API-Version', 'API_VERSION', 'both', 'none']).optional(),
  version_value: z.string().optional(),
  /** How the identification key is shown. */
  key: z.enum(['raw', 'bearer', 'wrong', 'missing', 'empty']).optional(),
  /** Spelling of header names on the wire. */
  header_case: z.enum(['usual', 'lower', 'upper']).optional(),
  data_key: z.enum(['extra_data', 'provider_data', 'both']).optional(),
  side_case: z.enum(['upper', 'title', 'lower']).optional(),
  /** How an absent value is written. */
  nulls: z.enum(['missing', 'null', 'empty']).optional(),
  unknown_fields: z.boolean().optional(),
  shuffle: z.boolean().optional(),
  bom: z.boolean().optional(),
  gzip: z.boolean().optional(),
  /** The whole Content-Type value; empty: no header. */
  content_type: z.string().optional(),
  /** Replaces `source`, e.g. the typo `POST_ADODN`. */
  source: z.string().optional(),
  supplier_key: z.enum(['supplier', 'Supplier', 'none']).optional(),
  location_values: z.enum(['number', 'string']).optional(),
  /** v2 tells the user id only if the person is logged in. */
  user_id: z.boolean().optional(),
  /** Name and value of the return address; `none` leaves it out. */
  return_key: z.enum(['callback_url', 'return_url', 'completion_url', 'none']).optional(),
  return_url: z.string().optional(),
});
export type Dialect = z.infer<typeof Dialect>;
