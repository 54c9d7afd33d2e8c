import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Device, List } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { useRouter } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';

/** Where one is signed in, and the way to end it. */
export function Devices() {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const { go } = useRouter();
  const devices = useLoad<List<Device>>('/logins');
  const [failure, setFailure] = useState<Failure>();
  const end = async (device: Device | undefined) => {
    const outcome = await (device === undefined
      ? call('POST', '/logins/end-others')
      : call('DELETE', `/logins/${device.id}`));
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!device?.current) return devices.reload();
    await refresh();
    go('/login');
  };
  return (
    <section aria-labelledby="devices">
      <div className="section-head">
        <h2 id="devices">{t('devices')}</h2>
        <button type="button" onClick={() => void end(undefined)}>
          {t('endOthers')}
        </button>
      </div>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <ShowLoaded from={devices}>
        {({ data }) => (
          <Table
            caption={t('devices')}
            rows={data}
            columns={[
              {
                label: t('device'),
                cell: (one) => (
                  <>
                    <Foreign text={one.device} />{' '}
                    {one.current ? <span className="state on">{t('thisDevice')}</span> : undefined}
                  </>
                ),
              },
              { label: t('address'), cell: (one) => <code dir="ltr">{one.address}</code> },
              { label: t('signedIn'), cell: (one) => <When at={one.created_at} /> },
              { label: t('lastSeen'), cell: (one) => <When at={one.seen_at} /> },
              {
                label: t('actions'),
                cell: (one) => (
                  <button type="button" className="danger" onClick={() => void end(one)}>
                    {t(one.current ? 'logout' : 'endLogin')}
                  </button>
                ),
              },
            ]}
          />
        )}
      </ShowLoaded>
    </section>
  );
}
