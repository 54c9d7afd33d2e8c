import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Foreign } from '../show/foreign.tsx';
import { When } from '../show/when.tsx';
import { State, shorten, useDuration } from './pieces.tsx';
import type { Grant, Message, Session } from './shapes.ts';
import { CONSENTS, MESSAGE_STATES } from './words.ts';

interface Step {
  name: MessageKey;
  /** Null: it has not happened. */
  at: string | null;
  message?: Message;
}

/** In the order of time; what has not happened stands where it would. */
function stepsOf(session: Session, grant: Grant | undefined, messages: readonly Message[]): Step[] {
  const visit: Step[] = [
    { name: 'stepCreated', at: session.created_at },
    { name: 'stepOpened', at: session.opened_at },
    ...(grant === undefined ? [] : [{ name: 'stepGrant' as const, at: grant.created_at }]),
    { name: 'stepLanded', at: session.landed_at },
    ...messages.map((message) => ({ name: 'messageOne' as const, at: message.created_at, message })),
    { name: 'stepCompleted', at: session.completed_at },
    ...(session.state === 'expired' ? [{ name: 'stepExpired' as const, at: session.expires_at }] : []),
  ];
  const happened = visit.filter(({ at }) => at !== null);
  const order = (step: Step) => Date.parse(step.at ?? '');
  return [
    ...happened.sort((one, other) => order(one) - order(other)),
    ...visit.filter(({ at }) => at === null),
  ];
}

interface TimelineProps {
  session: Session;
  grant: Grant | undefined;
  messages: readonly Message[];
}

/** A grant that is older than the visit was given in another one. */
export function SessionTimeline({ session, grant, messages }: TimelineProps) {
  const own = grant !== undefined && grant.created_at >= session.created_at ? grant : undefined;
  const steps = stepsOf(session, own, messages);
  return (
    <ol className="timeline">
      {steps.map((step, index) => (
        <li key={step.message?.id ?? step.name} className={step.at === null ? 'ahead' : undefined}>
          <StepLine session={session} step={step} before={steps[index - 1]} />
        </li>
      ))}
    </ol>
  );
}

interface StepLineProps {
  session: Session;
  step: Step;
  before: Step | undefined;
}

function StepLine({ session, step: { name, at, message }, before }: StepLineProps) {
  const { t } = useLanguage();
  const isOver = session.state === 'expired' || session.state === 'completed';
  return (
    <>
      <span>{t(name)}</span>{' '}
      {message === undefined ? undefined : <State name={message.state} names={MESSAGE_STATES} />}
      {name === 'stepOpened' && session.consent !== 'none' ? (
        <span className="quiet">
          {t('sessionConsent')}: {t(CONSENTS[session.consent])}
        </span>
      ) : undefined}
      {message?.text ? (
        <p className="quiet">
          <Foreign text={shorten(message.text)} />
        </p>
      ) : undefined}
      <p className="quiet">
        {at === null ? t(isOver ? 'stepNever' : 'stepNotYet') : <When at={at} />}
        <Took at={at} before={before?.at ?? null} />
      </p>
    </>
  );
}

function Took({ at, before }: { at: string | null; before: string | null }) {
  const { t } = useLanguage();
  const say = useDuration();
  if (at === null || before === null) return null;
  return (
    <span className="took"> · {t('stepAfter', { time: say(Date.parse(at) - Date.parse(before)) })}</span>
  );
}
