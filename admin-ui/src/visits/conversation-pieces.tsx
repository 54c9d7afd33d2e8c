import { useLanguage } from '../i18n/language.tsx';
import { Foreign } from '../show/foreign.tsx';
import { State } from './pieces.tsx';
import type { Conversation } from './shapes.ts';
import { WAITS } from './words.ts';

/** By what Divar calls it, as far as that is known. */
export function Name({ conversation }: { conversation: Conversation }) {
  const { t } = useLanguage();
  const { post_token: post, divar_id: divarId, v1, id } = conversation;
  if (post !== null)
    return (
      <>
        {t('sessionPost')} <Foreign text={post} />
      </>
    );
  return (
    <code dir="ltr">
      <Foreign text={divarId ?? v1?.user_id ?? id} />
    </code>
  );
}

export function Waiting({ conversation: { head, held_at: heldAt } }: { conversation: Conversation }) {
  const { t } = useLanguage();
  if (head !== null) return <State name={head.reason} names={WAITS} />;
  return <span className="quiet">{t(heldAt === null ? 'conversationMoves' : 'conversationHeld')}</span>;
}
