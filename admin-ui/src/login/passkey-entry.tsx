/** Signing in by a passkey instead of address and password: offered in the field of the address, and by a button. */
import { useEffect, useRef, useState } from 'react';
import type { Outcome } from '../api/call.ts';
import type { Next } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { canUsePasskeys, enterByPasskey, offerPasskey, stopOffer } from './passkey.ts';

export function PasskeyEntry({ done }: { done(next: Next): Promise<void> }) {
  const { t } = useLanguage();
  const [refused, setRefused] = useState<Outcome<Next>>();
  const take = (outcome: Outcome<Next> | undefined) => {
    setRefused(outcome?.ok === false ? outcome : undefined);
    if (outcome?.ok) void done(outcome.value);
  };
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });

  useEffect(() => {
    let isHere = true;
    void offerPasskey().then((outcome) => {
      // What nobody has asked for may fail in silence; a passkey that somebody chose may not.
      const isChosen = outcome?.ok || outcome?.failure.code === 'credentials_wrong';
      if (isHere && isChosen) latest.current(outcome);
    });
    return () => {
      isHere = false;
      if (canUsePasskeys()) void stopOffer();
    };
  }, []);

  if (!canUsePasskeys()) return null;
  return (
    <div className="after-form">
      {refused?.ok === false ? (
        refused.failure.code === 'credentials_wrong' ? (
          <p className="note bad" role="alert">
            {t('passkeyUnknown')}
          </p>
        ) : (
          <FailureNote failure={refused.failure} />
        )
      ) : undefined}
      <button type="button" onClick={() => void enterByPasskey().then(take)}>
        {t('enterByPasskey')}
      </button>
    </div>
  );
}
