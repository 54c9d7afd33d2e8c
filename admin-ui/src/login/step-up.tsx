/** A second factor again, before something that opens or changes secrets: asked for beforehand, and then the same call runs. */
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { call, failureOf, type Outcome } from '../api/call.ts';
import type { Next } from '../api/shapes.ts';
import { CodeField } from '../form/code-field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { useLogin } from './login-state.tsx';
import { PasskeyProof } from './passkey-proof.tsx';

type WithStepUp = <T>(run: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;

const StepUpContext = createContext<WithStepUp | undefined>(undefined);

/** The call itself still has to arrive in time. */
const MARGIN_MS = 10_000;

export function StepUpProvider({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  const { login, refresh } = useLogin();
  const [isAsking, setAsking] = useState(false);
  const answer = useRef<(isGiven: boolean) => void>(undefined);
  const until = login?.step_up_until ?? null;

  const ask = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        answer.current = resolve;
        setAsking(true);
      }),
    [],
  );
  const close = (isGiven: boolean) => {
    setAsking(false);
    answer.current?.(isGiven);
  };

  const withStepUp = useCallback<WithStepUp>(
    async (run) => {
      const isOpen = until !== null && Date.parse(until) - MARGIN_MS > Date.now();
      if (!isOpen && !(await ask())) return { ok: false, failure: failureOf('cancelled') };
      const outcome = await run();
      if (outcome.ok || outcome.failure.code !== 'step_up_required') return outcome;
      return (await ask()) ? run() : { ok: false, failure: failureOf('cancelled') };
    },
    [until, ask],
  );

  return (
    <StepUpContext value={withStepUp}>
      {children}
      {isAsking ? (
        <Dialog title={t('stepUpHeading')} onClose={() => close(false)}>
          <p>{t('stepUpNote')}</p>
          <PasskeyProof
            done={async () => {
              await refresh();
              close(true);
            }}
          />
          <Form
            label={t('continue')}
            run={({ code }) => call<Next>('POST', '/step-up', { code })}
            done={async () => {
              await refresh();
              close(true);
            }}
          >
            <CodeField />
          </Form>
        </Dialog>
      ) : undefined}
    </StepUpContext>
  );
}

export function useStepUp(): WithStepUp {
  const withStepUp = useContext(StepUpContext);
  if (withStepUp === undefined) throw new Error('outside of StepUpProvider');
  return withStepUp;
}
