import { useState } from 'react';
import { call } from '../api/call.ts';
import type { List, Passkey } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Ask } from '../form/ask.tsx';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { addPasskey, canUsePasskeys } from '../login/passkey.ts';
import { useStepUp } from '../login/step-up.tsx';
import { Dialog } from '../show/dialog.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';

export function Passkeys() {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const withStepUp = useStepUp();
  const passkeys = useLoad<List<Passkey>>('/passkeys');
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey>();
  const changed = async () => {
    await passkeys.reload();
    await refresh();
  };
  return (
    <section aria-labelledby="passkeys">
      <div className="section-head">
        <h2 id="passkeys">{t('passkeys')}</h2>
        {canUsePasskeys() ? (
          <button type="button" onClick={() => setAdding(true)}>
            {t('addPasskey')}
          </button>
        ) : undefined}
      </div>
      <p>{t(canUsePasskeys() ? 'passkeysNote' : 'passkeysNotHere')}</p>
      <ShowLoaded from={passkeys}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="help">{t('noPasskeys')}</p>
          ) : (
            <PasskeyTable passkeys={data} onRemove={setRemoving} />
          )
        }
      </ShowLoaded>
      {isAdding ? (
        <NewPasskey
          onClose={() => setAdding(false)}
          done={async () => {
            setAdding(false);
            await changed();
          }}
        />
      ) : undefined}
      {removing === undefined ? undefined : (
        <Ask
          title={t('removePasskeyHeading', { name: removing.name })}
          note={t('removePasskeyNote')}
          label={t('remove')}
          run={() => withStepUp(() => call('DELETE', `/passkeys/${removing.id}`))}
          done={changed}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </section>
  );
}

function PasskeyTable({
  passkeys,
  onRemove,
}: {
  passkeys: readonly Passkey[];
  onRemove(passkey: Passkey): void;
}) {
  const { t } = useLanguage();
  return (
    <Table
      caption={t('passkeys')}
      rows={passkeys}
      columns={[
        { label: t('passkeyName'), cell: ({ name }) => <Foreign text={name} /> },
        { label: t('created'), cell: (one) => <When at={one.created_at} /> },
        { label: t('lastSeen'), cell: (one) => <When at={one.used_at} /> },
        {
          label: t('actions'),
          cell: (one) => (
            <button
              type="button"
              className="danger"
              aria-label={t('removePasskeyHeading', { name: one.name })}
              onClick={() => onRemove(one)}
            >
              {t('remove')}
            </button>
          ),
        },
      ]}
    />
  );
}

/** The device asks for its own proof; what comes back is kept under a name that one knows again. */
function NewPasskey({ onClose, done }: { onClose(): void; done(): Promise<void> }) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  return (
    <Dialog title={t('addPasskey')} onClose={onClose}>
      <Form
        label={t('continue')}
        run={({ name = '' }) => withStepUp(() => addPasskey(name))}
        done={done}
        beside={
          <button type="button" onClick={onClose}>
            {t('cancel')}
          </button>
        }
      >
        <p>{t('addPasskeyNote')}</p>
        <Field
          name="name"
          label={t('passkeyName')}
          help={t('passkeyNameHelp')}
          dir="auto"
          autoComplete="off"
          maxLength={60}
        />
      </Form>
    </Dialog>
  );
}
