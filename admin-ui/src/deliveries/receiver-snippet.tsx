import { useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { CopyButton } from '../show/copyable.tsx';

const NODE = `import express from 'express';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_...
const app = express();

app.post('/hooks', express.raw({ type: 'application/json' }), (req, res) => {
  let event;
  try {
    event = webhook.verify(req.body, req.headers); // raw bytes
  } catch {
    return res.sendStatus(401);
  }
  res.sendStatus(200); // answer first
  enqueue(event); // then work; event.id tells duplicates
});`;

const PYTHON = `import os
from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])  # whsec_...
app = Flask(__name__)

@app.post("/hooks")
def hooks():
    try:
        event = webhook.verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "", 401
    enqueue(event)  # event["id"] tells duplicates
    return "", 200`;

const PHP = `<?php
$secret = base64_decode(substr(getenv('WEBHOOK_SECRET'), strlen('whsec_')));
$body = file_get_contents('php://input'); // raw bytes
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$time = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$given = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');

$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $secret, true));
$isFresh = abs(time() - (int) $time) < 300;
$isOurs = array_filter($given, fn ($one) => hash_equals($expected, $one));
if (!$isFresh || !$isOurs) {
    http_response_code(401);
    exit;
}
enqueue(json_decode($body, true)); // $event['id'] tells duplicates
http_response_code(200);`;

const SNIPPETS = { 'Node.js': NODE, Python: PYTHON, PHP } as const;
type Name = keyof typeof SNIPPETS;
const NAMES = Object.keys(SNIPPETS) as Name[];

/** What a receiver has to do, ready to be pasted. @see https://www.standardwebhooks.com */
export function ReceiverSnippet() {
  const { t } = useLanguage();
  const [name, setName] = useState<Name>('Node.js');
  return (
    <section aria-labelledby="receiver">
      <h2 id="receiver">{t('receiver')}</h2>
      <p>{t('receiverNote')}</p>
      <p className="actions">
        {NAMES.map((one) => (
          <button key={one} type="button" aria-pressed={one === name} onClick={() => setName(one)}>
            <bdi dir="ltr">{one}</bdi>
          </button>
        ))}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <section className="code" dir="ltr" tabIndex={0} aria-label={name}>
        <pre>
          <code>{SNIPPETS[name]}</code>
        </pre>
      </section>
      <CopyButton text={SNIPPETS[name]} label={t('copySnippet', { language: name })} />
    </section>
  );
}
