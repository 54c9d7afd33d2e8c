import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import type { Simulator } from './use-simulator.ts';

interface ReceiverProps {
  appPath: string;
  endpointsPath: string;
  simulator: Simulator;
  receiverUrl: string;
  mayMake: boolean;
}

/** Without an endpoint everything works, and the business hears nothing: the simulator can stand in for its server. */
export function Receiver({ appPath, endpointsPath, simulator, receiverUrl, mayMake }: ReceiverProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [failure, setFailure] = useState<Failure>();
  const [isMaking, setMaking] = useState(false);
  const make = async () => {
    if (isMaking) return;
    setMaking(true);
    const body = { url: receiverUrl, events: ['*'] };
    const outcome = await withStepUp(() => call('POST', `${appPath}/endpoints`, body));
    setMaking(false);
    setFailure(outcome.ok ? undefined : outcome.failure);
    await simulator.reload();
  };
  return (
    <div className="note sim-receiver">
      <p>{t('simNoEndpoint')}</p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        {mayMake ? (
          <button type="button" aria-disabled={isMaking} onClick={() => void make()}>
            {t('simMakeReceiver')}
          </button>
        ) : undefined}
        <Link to={endpointsPath}>{t('simOwnEndpoint')}</Link>
      </p>
    </div>
  );
}
