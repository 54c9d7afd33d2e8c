import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Copyable } from '../show/copyable.tsx';
import type { StartInfo } from './start-info.ts';

export function Running({ info }: { info: StartInfo }) {
  const { t } = useLanguage();
  const parts = [
    { name: 'gateway', note: 'gatewayNote', url: info.publicUrl, state: info.isReady ? 'on' : 'starting' },
    { name: 'simulator', note: 'simulatorNote', url: info.simulatorUrl, state: onOff(info.simulatorUrl) },
    { name: 'demo', note: 'demoNote', url: info.demoUrl, state: onOff(info.demoUrl) },
  ] as const;
  return (
    <section aria-labelledby="running">
      <h2 id="running">{t('runningHeading')}</h2>
      <ul className="parts">
        {parts.map(({ name, note, url, state }) => (
          <li key={name}>
            <h3>{t(name)}</h3>
            <span className={`state ${state}`}>{t(state)}</span>
            <p>{t(note)}</p>
            {url === null ? undefined : <Copyable text={url} label={t('copyAddress', { name: t(name) })} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

const onOff = (url: string | null) => (url === null ? 'off' : 'on');

const STEPS = [
  ['stepChat', 'stepChatNote'],
  ['stepPuzzle', 'stepPuzzleNote'],
  ['stepProvider', 'stepProviderNote'],
] as const satisfies [MessageKey, MessageKey][];

export function Steps({ info }: { info: StartInfo }) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">{t('stepsHeading')}</h2>
      {info.simulatorUrl === null ? (
        <p>{t('simulatorOff')}</p>
      ) : (
        <>
          <ol className="steps">
            {STEPS.map(([step, note]) => (
              <li key={step}>
                <strong>{t(step)}</strong> <span>{t(note)}</span>
              </li>
            ))}
          </ol>
          {info.demoUrl === null ? <p>{t('demoOff')}</p> : undefined}
          <a className="button" href={info.simulatorUrl}>
            {t('openSimulator')}
          </a>
        </>
      )}
    </section>
  );
}

const FILES = [
  ['README.md', 'fileReadme'],
  ['examples/shipping/README.md', 'fileExample'],
  ['docs/architecture.md', 'fileArchitecture'],
  ['CONTRIBUTING.md', 'fileContributing'],
] as const satisfies [string, MessageKey][];

export function Develop({ info }: { info: StartInfo }) {
  const { t } = useLanguage();
  const at = (path: string) => new URL(path, info.publicUrl).href;
  const links = [
    { text: 'apiReference', note: 'apiReferenceNote', href: at('/v1/openapi.json') },
    { text: 'docs', note: 'docsNote', href: info.docsUrl },
    { text: 'readiness', note: 'readinessNote', href: at('/readyz') },
  ] as const;
  return (
    <section aria-labelledby="develop">
      <h2 id="develop">{t('developHeading')}</h2>
      <ul className="links">
        {links.map(({ text, note, href }) => (
          <li key={text}>
            <a href={href}>{t(text)}</a> <span>{t(note)}</span>
          </li>
        ))}
      </ul>
      <h3>{t('filesHeading')}</h3>
      <dl className="files">
        {FILES.map(([path, note]) => (
          <div key={path}>
            <dt>
              <code dir="ltr">{path}</code>
            </dt>
            <dd>{t(note)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
