/** A form over one or more parts of an app's settings. Only what was changed is sent; who was overtaken compares and chooses. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { call, failureOf, type Issue, type Outcome } from '../api/call.ts';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Compare, type Conflict } from './conflict.tsx';
import { dropDraft, keepDraft, restoreDraft } from './drafts.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { isSame } from './parts.ts';
import type { AppSettings, PartName, PartValues } from './shapes.ts';

interface PartsFormProps {
  appPath: string;
  settings: AppSettings;
  reload(): Promise<void>;
  /** The parts that stand in the form; their versions decide when it begins anew. */
  parts: readonly PartName[];
  read(form: FormData): Partial<PartValues>;
  children: ReactNode;
  label?: string;
  /** After everything was saved, or nothing had to be. */
  onSaved?(): void | Promise<void>;
  beside?: ReactNode;
}

export function PartsForm({ appPath, settings, reload, parts, read, children, ...rest }: PartsFormProps) {
  const { t } = useLanguage();
  const [isDirty, setDirty] = useState(false);
  const [isSaved, setSaved] = useState(false);
  const [conflict, setConflict] = useState<Conflict>();
  const versions = parts.map((name) => settings.sections[name].version).join(' ');
  const draft = `${appPath} ${versions}`;
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const form = box.current?.querySelector('form');
    if (!form) return;
    if (restoreDraft(draft, form)) setDirty(true);
    const note = () => {
      keepDraft(draft, form);
      setDirty(true);
      setSaved(false);
    };
    form.addEventListener('input', note);
    return () => form.removeEventListener('input', note);
  }, [draft]);

  const save = async (form: FormData): Promise<Outcome<unknown>> => {
    for (const [name, value] of Object.entries(read(form)) as [PartName, object][]) {
      const { version, value: before } = settings.sections[name];
      if (isSame(before, value)) continue;
      const outcome = await send(appPath, name, version, value);
      if (outcome.ok) continue;
      if (outcome.failure.params.reason !== 'changed_elsewhere') return atFields(outcome);
      const now = await call<AppSettings>('GET', `${appPath}/settings`);
      if (!now.ok) return now;
      const theirs = now.value.sections[name];
      setConflict({ name, mine: value, theirs: theirs.value, version: theirs.version ?? '' });
      return { ok: false, failure: failureOf('cancelled') };
    }
    return { ok: true, value: null };
  };

  const finish = async () => {
    dropDraft(draft);
    setDirty(false);
    setSaved(true);
    await reload();
  };

  return (
    <div ref={box}>
      <Form
        key={versions}
        label={rest.label ?? t('save')}
        run={(_values, form) => save(form)}
        done={async () => {
          await finish();
          await rest.onSaved?.();
        }}
        beside={rest.beside}
      >
        {children}
      </Form>
      <p role="status" className="good">
        {isSaved ? t('saved') : ''}
      </p>
      <LeaveGuard isDirty={isDirty} />
      {conflict === undefined ? undefined : (
        <Compare
          conflict={conflict}
          keepMine={async () => {
            const outcome = await send(appPath, conflict.name, conflict.version, conflict.mine);
            if (outcome.ok) await finish();
            return outcome;
          }}
          keepTheirs={() => {
            dropDraft(draft);
            setConflict(undefined);
            setDirty(false);
            void reload();
          }}
          onClose={() => setConflict(undefined)}
        />
      )}
    </div>
  );
}

function send(appPath: string, name: PartName, version: string | null, value: object) {
  return call<AppSettings>('PATCH', `${appPath}/settings/${name}`, { version: version ?? '', value });
}

/** `body.value.url` stands at the field `url`. */
function atFields(outcome: Outcome<unknown>): Outcome<unknown> {
  if (outcome.ok) return outcome;
  const issues = outcome.failure.issues.map(atField);
  return { ok: false, failure: { ...outcome.failure, issues } };
}

function atField(issue: Issue): Issue {
  const path = issue.path.replace(/^body\.value\./, 'body.');
  const isAddress = /^body\.(url|staging_url|action_url|pages)\b/.test(path);
  if (issue.code === 'invalid_format') return { ...issue, path, code: isAddress ? 'url' : 'bad_format' };
  return { ...issue, path, code: issue.code === 'invalid_type' ? 'bad_format' : issue.code };
}
