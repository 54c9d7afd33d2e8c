/** The part of the reference on webhooks: how to check one, and every event there is, each with an example. */
import { EVENT_TYPES, type EventType, presentEvent } from '../events/events.ts';
import { exampleData } from '../events/examples.ts';
import { anchorOf, code, pre, prose, table } from './docs-html.ts';

const MEANINGS: Record<EventType, string> = {
  'session.created': 'A user has tapped the add-on; the visit has begun, opened or not.',
  'session.landed': 'The user is on your page: its code was exchanged.',
  'session.completed': 'You have completed the visit.',
  'session.denied': 'The user does not consent.',
  'message.sent': 'A message of yours stands in the chat.',
  'message.failed': 'A message of yours was not sent, and will not be.',
  'message.unknown':
    'Divar may have taken a message; it waits for an echo, a reading of the chat, or your decision.',
  'chat.message.received': 'Somebody wrote in a chat that you have subscribed to.',
  'chatbot.message.received': 'Somebody wrote to your chatbot.',
  'chatbot.started':
    'Somebody has opened your chatbot. Anybody can type the same: trust the id only under a grant for it.',
  'button.clicked': 'A button of yours was clicked; your data is back.',
  'grant.created': 'A user has consented.',
  'grant.expiring': 'A consent will end and cannot be renewed without the user.',
  'grant.broken': 'Divar no longer accepts a grant; the user has to consent again.',
  'grant.recovered': 'A grant works again.',
  'grant.revoked': 'The user has taken the consent back; the tokens are destroyed.',
  'subscription.lost': 'Divar no longer tells what you have subscribed to.',
  'subscription.renewed': 'It tells it again; look for what you have missed.',
  'post.updated': 'A post was published, changed, or is gone.',
  'payment.updated': 'A payment has changed its state.',
  'endpoint.disabled': 'An endpoint of yours was given up, or has asked for it.',
  'quota.warning': "The day's budget of calls to Divar runs out.",
  'divar.unknown': 'Divar has told something that is not known yet; it is passed on as it came.',
};

const NODE_EXAMPLE = `import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_...

app.post('/hooks', express.raw({ type: 'application/json' }), (req, res) => {
  let event;
  try {
    event = webhook.verify(req.body, req.headers); // the bytes as they came, not parsed JSON
  } catch {
    return res.sendStatus(401);
  }
  if (alreadySeen(event.id)) return res.sendStatus(200);
  enqueue(event); // answer at once, work afterwards
  res.sendStatus(200);
});`;

const PYTHON_EXAMPLE = `from standardwebhooks.webhooks import Webhook

webhook = Webhook(os.environ["WEBHOOK_SECRET"])

@app.post("/hooks")
def hooks():
    event = webhook.verify(request.get_data(), request.headers)
    enqueue(event)
    return "", 200`;

export function renderWebhooks(): string {
  return `<h2 id="webhooks">Webhooks</h2>
<p>${prose(
    'Every event is one `POST` of JSON to each endpoint that wants its type, signed by the Standard Webhooks scheme. Answer any 2xx within 15 seconds. An event may come more than once, always with the same `webhook-id`: keep the ids you have seen. Events of one conversation come in order.',
  )}</p>
${table(
  ['Header', 'Holds'],
  [
    [code('webhook-id'), 'The id of the event, also in every repetition and replay'],
    [
      code('webhook-timestamp'),
      'Seconds since 1970, fresh for every attempt; refuse what is more than five minutes off',
    ],
    [
      code('webhook-signature'),
      prose('One `v1,<base64>` for each secret that is valid now, separated by spaces'),
    ],
    [code('x-peyvand-attempt'), 'Counts the attempts of this delivery, from 1'],
    [code('x-peyvand-sequence'), 'The place of the event in its conversation'],
  ],
)}
<h3 id="webhooks-verify">Check the signature</h3>
<p>${prose(
    'Use a library of the scheme: `npm install standardwebhooks`, `pip install standardwebhooks`, and others at https://www.standardwebhooks.com. It checks the signature over the exact bytes, in constant time, and the age of the timestamp.',
  )}</p>
${pre(NODE_EXAMPLE)}
${pre(PYTHON_EXAMPLE)}
<p>${prose(
    'By hand: HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>` with the Base64-decoded part of the secret after `whsec_`. While a secret is being changed (`rotate_secret`) both sign, so that you can change over at any time. Dynamic actions are signed in the same way with the `action_secret` of the app.',
  )}</p>
<h2 id="events">Events</h2>
${EVENT_TYPES.map(renderEvent).join('\n')}`;
}

function renderEvent(type: EventType): string {
  const at = new Date('2026-03-01T08:30:16.012Z');
  const example = presentEvent({
    tenantId: '',
    id: 'evt_06h0vwd8fs9epybbtfc4927mk6',
    appId: 'app_06h0vwd8fs9epybbtfc4927mk6',
    type,
    conversationId: /^(chat|message|button)/.test(type) ? 'cnv_06h0vwd8fs9epybbtfc4927mk6' : null,
    position: 1,
    sequence: /^(chat|message|button)/.test(type) ? 12 : null,
    simulated: false,
    payload: { data: exampleData(type), rawText: null },
    createdAt: at,
  });
  return `<h3 id="${anchorOf('event', type)}">${code(type)}</h3><p>${prose(MEANINGS[type])}</p><details><summary>Example</summary>${pre(example)}</details>`;
}
