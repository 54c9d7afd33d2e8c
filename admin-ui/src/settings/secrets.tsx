/** Keys of an app: pasted or made, shown once, and known afterwards by their last four characters. */
import { useState } from 'react';
import { call, type Failure, failureOf, type Outcome } from '../api/call.ts';
import { Ask } from '../form/ask.tsx';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { SelectField } from '../form/select-field.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Dialog } from '../show/dialog.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { When } from '../show/when.tsx';
import type { AppSettings, SecretFacts, SecretKind, SecretReply } from './shapes.ts';

const SECRETS = [
  ['identification_key', 'secretIdentification', 'secretIdentificationNote'],
  ['api_key', 'secretApiKey', 'secretApiKeyNote'],
  ['client_secret', 'secretClient', 'secretClientNote'],
] as const satisfies [SecretKind, MessageKey, MessageKey][];

interface SecretsProps {
  appPath: string;
  settings: AppSettings;
  reload(): Promise<void>;
}

export function Secrets(props: SecretsProps) {
  return (
    <div className="secrets">
      {SECRETS.map(([kind, label, note]) => (
        <Secret key={kind} {...props} kind={kind} label={label} note={note} />
      ))}
    </div>
  );
}

interface SecretProps extends SecretsProps {
  kind: SecretKind;
  label: MessageKey;
  note: MessageKey;
}

function Secret({ appPath, settings, reload, kind, label, note }: SecretProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [made, setMade] = useState<string>();
  const [saveCount, setSaveCount] = useState(0);
  const known = settings.secrets.filter((secret) => secret.kind === kind);
  const isWithout = kind === 'client_secret' && settings.sections.identity.value.generation === 'v1';
  const mayMake = kind === 'identification_key' || settings.environment === 'sandbox';
  const path = `${appPath}/secrets/${kind}`;
  const taken = async (reply: SecretReply) => {
    setMade(reply.secret ?? undefined);
    setSaveCount((count) => count + 1);
    await reload();
  };
  return (
    <section className="secret" data-kenar={kind} aria-labelledby={`secret-${kind}`}>
      <h3 id={`secret-${kind}`}>{t(label)}</h3>
      <p className="help">{t(isWithout ? 'secretClientV1Note' : note)}</p>
      <KnownSecrets known={known} retirePath={`${path}/previous`} reload={reload} />
      <Form<SecretReply>
        key={saveCount}
        label={t('saveSecret')}
        run={({ value = '', overlap = '' }) => {
          const issue = judgeSecret(value);
          if (issue !== undefined) return Promise.resolve(refused(issue));
          return withStepUp(() => call('POST', path, { value: value.trim(), ...overlapOf(overlap) }));
        }}
        done={taken}
        beside={
          mayMake ? (
            <MakeSecret label={t('makeSecretOf', { name: t(label) })} path={path} done={taken} />
          ) : undefined
        }
      >
        <Field
          name="value"
          label={t('secretValue')}
          aria-label={t('secretValueOf', { name: t(label) })}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
        />
        {known.length === 0 ? undefined : <Overlap />}
      </Form>
      {made === undefined ? undefined : (
        <ShownSecret secret={made} note="secretMadeNote" onClose={() => setMade(undefined)} />
      )}
    </section>
  );
}

const OVERLAPS = [
  ['86400', 'overlapDay'],
  ['3600', 'overlapHour'],
  ['0', 'overlapNow'],
  ['manual', 'overlapManual'],
] as const satisfies [string, MessageKey][];

function Overlap() {
  const { t } = useLanguage();
  return (
    <SelectField
      name="overlap"
      label={t('secretOverlap')}
      defaultValue="86400"
      options={OVERLAPS.map(([value, key]) => [value, t(key)] as const)}
    />
  );
}

function overlapOf(chosen: string): { overlap_seconds?: number | null } {
  if (chosen === '') return {};
  return { overlap_seconds: chosen === 'manual' ? null : Number(chosen) };
}

interface MakeSecretProps {
  label: string;
  path: string;
  done(reply: SecretReply): Promise<void>;
}

/** Takes its place in the form beside the button that saves: what was chosen there for the one before counts here, too. */
function MakeSecret({ label, path, done }: MakeSecretProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const make = async (form: HTMLFormElement | null) => {
    if (isBusy) return;
    setBusy(true);
    const overlap = form === null ? '' : String(new FormData(form).get('overlap') ?? '');
    const outcome = await withStepUp(() => call<SecretReply>('POST', path, overlapOf(overlap)));
    setBusy(false);
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) await done(outcome.value);
  };
  return (
    <>
      <button
        type="button"
        aria-label={label}
        aria-disabled={isBusy}
        onClick={(event) => void make(event.currentTarget.form)}
      >
        {t('makeSecret')}
      </button>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
    </>
  );
}

interface KnownSecretsProps {
  known: readonly SecretFacts[];
  retirePath: string;
  reload(): Promise<void>;
}

function KnownSecrets({ known, retirePath, reload }: KnownSecretsProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [isAsking, setAsking] = useState(false);
  if (known.length === 0) return <p className="quiet">{t('secretNone')}</p>;
  return (
    <ul className="known-secrets">
      {known.map((secret) => (
        <li key={secret.slot}>
          <code dir="ltr">••••{secret.last4}</code>{' '}
          <span className={`state ${secret.slot === 1 ? 'on' : 'starting'}`}>
            {t(secret.slot === 1 ? 'secretInUse' : 'secretPrevious')}
          </span>{' '}
          <span className="quiet">
            {secret.slot === 1 ? (
              <When at={secret.created_at} />
            ) : secret.retire_at === null ? (
              t('secretUntilRetired')
            ) : (
              <>
                {t('secretUntil')} <When at={secret.retire_at} />
              </>
            )}
          </span>
          {secret.slot === 2 ? (
            <button type="button" className="danger" onClick={() => setAsking(true)}>
              {t('retireSecret')}
            </button>
          ) : undefined}
        </li>
      ))}
      {isAsking ? (
        <li>
          <Ask
            title={t('retireHeading')}
            note={t('retireNote')}
            label={t('retireSecret')}
            run={() => withStepUp(() => call('DELETE', retirePath))}
            done={reload}
            onClose={() => setAsking(false)}
          />
        </li>
      ) : undefined}
    </ul>
  );
}

/** Of our calls to the tenant's server; there is one at a time. */
export function ActionSecret({ appPath }: { appPath: string }) {
  const { t } = useLanguage();
  const [made, setMade] = useState<string>();
  return (
    <section className="secret" aria-labelledby="secret-action">
      <h3 id="secret-action">{t('secretAction')}</h3>
      <p className="help">{t('secretActionNote')}</p>
      <MakeSecret
        label={t('makeSecretOf', { name: t('secretAction') })}
        path={`${appPath}/secrets/action_secret`}
        done={async ({ secret }) => setMade(secret ?? undefined)}
      />
      {made === undefined ? undefined : (
        <ShownSecret secret={made} note="secretMadeAction" onClose={() => setMade(undefined)} />
      )}
    </section>
  );
}

/** What a header can carry; a copy from a chat or a document brings other things along. */
function judgeSecret(value: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(value.trim()) ? undefined : 'secret_text';
}

function refused(code: string): Outcome<SecretReply> {
  const issues = [{ path: 'body.value', code, message: '' }];
  return { ok: false, failure: { ...failureOf('problem'), code: 'invalid_request', status: 400, issues } };
}

interface ShownSecretProps {
  secret: string;
  note: MessageKey;
  onClose(): void;
}

/** Once: it is sealed from now on, and no page shows it again. */
export function ShownSecret({ secret, note, onClose }: ShownSecretProps) {
  const { t } = useLanguage();
  return (
    <Dialog title={t('secretMade')}>
      <p className="note">{t(note)}</p>
      <p>
        <Copyable text={secret} label={t('copySecretValue')} />
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={onClose}>
          {t('storedSecret')}
        </button>
      </p>
    </Dialog>
  );
}
