import { useState } from 'react';
import { call, failureOf, type Outcome } from '../api/call.ts';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Dialog } from '../show/dialog.tsx';
import { EventChoice, readEvents } from './event-choice.tsx';
import type { Endpoint, EndpointWithSecret } from './shapes.ts';
import { ShownSecret } from './shown-secret.tsx';

interface NewEndpointProps {
  appPath: string;
  reload(): Promise<void>;
  onClose(): void;
}

export function NewEndpoint({ appPath, reload, onClose }: NewEndpointProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [made, setMade] = useState<EndpointWithSecret>();
  if (made !== undefined)
    return <ShownSecret title={t('endpointMade')} secret={made.secret} onClose={onClose} />;
  return (
    <Dialog title={t('addEndpoint')} onClose={onClose}>
      <Form
        label={t('makeEndpoint')}
        run={(values, form) =>
          sendEvents(form, (events) =>
            withStepUp(() =>
              call<EndpointWithSecret>('POST', `${appPath}/endpoints`, { url: values.url, events }),
            ),
          )
        }
        done={async (endpoint) => {
          setMade(endpoint);
          await reload();
        }}
      >
        <EndpointFields url="" events={['*']} />
      </Form>
    </Dialog>
  );
}

interface ChangeEndpointProps extends NewEndpointProps {
  endpoint: Endpoint;
}

export function ChangeEndpoint({ appPath, endpoint, reload, onClose }: ChangeEndpointProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  return (
    <Dialog title={t('changeEndpointHeading')} onClose={onClose}>
      <Form
        label={t('save')}
        run={(values, form) =>
          sendEvents(form, (events) =>
            withStepUp(() =>
              call<Endpoint>('PATCH', `${appPath}/endpoints/${endpoint.id}`, { url: values.url, events }),
            ),
          )
        }
        done={async () => {
          await reload();
          onClose();
        }}
      >
        <EndpointFields url={endpoint.url} events={endpoint.events} />
      </Form>
    </Dialog>
  );
}

function EndpointFields({ url, events }: { url: string; events: readonly string[] }) {
  const { t } = useLanguage();
  return (
    <>
      <Field
        name="url"
        type="url"
        label={t('endpointUrl')}
        help={t('endpointUrlHelp')}
        dir="ltr"
        defaultValue={url}
        placeholder="https://shop.example/hooks"
        maxLength={2048}
        spellCheck={false}
      />
      <EventChoice chosen={events} />
    </>
  );
}

/** Nothing chosen is said in the words of the page. */
async function sendEvents<T>(
  form: FormData,
  send: (events: string[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const events = readEvents(form);
  if (events.length > 0) return send(events);
  const issue = { path: 'body.events', code: 'events_missing', message: '' };
  return {
    ok: false,
    failure: { ...failureOf('problem'), code: 'invalid_request', status: 400, issues: [issue] },
  };
}
