/** Names we know from Divar's icon list. The whole list is long and grows; a name that is not here draws a
 *  warning in the log and never a refusal. */
const NAMES = new Set(
  `ACCESS_TIME ADD ARROW_FORWARD CALL CAR CAR_BODY CAR_INSPECTED CHAT_DOUBLE CHECKED CHECK_BOX
CHECK_BOX_OUTLINE_BLANK CHECK_CIRCLE CLOSE CONTACT_PHONE CONTENT_COPY DELETE HISTORY HOME INFO_OUTLINE
KEYBOARD_ARROW_LEFT KEYBOARD_ARROW_RIGHT LOCAL_SHIPPING PAYMENT PERSON PHOTO_LIBRARY PLACE REAL_ESTATE REFRESH REMOVE REPORT
SEND SHOW_CHART TERMS TOC TRENDING_UP`.split(/\s+/),
);

const FAMILIES = ['BRAND_', 'CAR_COLOR_', 'CAT_', 'MARKETPLACE_'];

export const isKnownIcon = (name: string): boolean =>
  NAMES.has(name) || FAMILIES.some((family) => name.startsWith(family));
