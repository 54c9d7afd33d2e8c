import { CHAT_STYLE } from './chat-style.ts';

/** What all pages share: type, colours, cards and buttons. Logical properties only, so that a left-to-right
 *  page would need nothing of its own. */
const BASE = `
:root {
  --ink: #1b1f24; --soft: #57606a; --line: #dfe3e8; --paper: #ffffff; --ground: #eef1f4;
  --brand: #a62626; --own: #d6ebff; --other: #f0f1f3; --link: #0b5cad; --good: #146c43; --bad: #a61b1b; --warn: #7a4b00;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink); line-height: 1.75; font-size: 15px;
  font-family: Vazirmatn, Vazir, "IRANSans", "Segoe UI", Tahoma, "Noto Sans Arabic", "Noto Naskh Arabic", sans-serif;
}
h1, h2, p { margin: 0; }
button, select, textarea, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
[hidden] { display: none !important; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.muted { color: var(--soft); font-weight: 400; }
.code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; color: var(--soft); overflow-wrap: anywhere; }
.badge { background: var(--brand); color: #fff; border-radius: 6px; padding: 2px 8px; font-size: 12px; font-weight: 700; vertical-align: middle; }
.icon { inline-size: 22px; block-size: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; display: block; }
.sprite { position: absolute; }

.sheet-page { min-block-size: 100vh; display: grid; place-items: center; padding: 16px; }
.card { background: var(--paper); border-radius: 16px; padding: 24px; inline-size: min(440px, 100%); box-shadow: 0 8px 30px #1b1f2414; display: grid; gap: 14px; }
.card h1 { font-size: 20px; line-height: 1.5; }
.card.center { justify-items: center; text-align: center; }
.brand { font-weight: 700; color: var(--brand); }
.card fieldset { border: 1px solid var(--line); border-radius: 12px; margin: 0 0 14px; padding: 10px 14px; }
.card legend { color: var(--soft); padding-inline: 6px; }
.scopes { list-style: none; margin: 0; padding: 0; }
.scopes li + li { border-block-start: 1px solid var(--line); }
.scopes label { display: flex; gap: 10px; align-items: flex-start; padding-block: 10px; }
.scopes input { inline-size: 20px; block-size: 20px; margin: 4px 0 0; accent-color: var(--brand); flex: none; }
.scopes .code { display: block; }
.field { display: flex; gap: 10px; align-items: center; margin-block-end: 14px; }
.field select { flex: 1; }
select { appearance: none; background: var(--paper) url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%2357606a' stroke-width='2.5'%3E%3Cpath d='M6 9l6 6 6-6'/%3E%3C/svg%3E") no-repeat left 10px center / 14px; border: 1px solid #8c959f; border-radius: 8px; padding-block: 6px; padding-inline: 10px 32px; min-inline-size: 0; max-inline-size: 100%; }
.actions { display: flex; gap: 10px; flex-wrap: wrap; }
.primary, .secondary, .quiet { border-radius: 10px; padding: 8px 18px; border: 1px solid transparent; text-decoration: none; text-align: center; min-block-size: 44px; }
.card .primary, .card .secondary { flex: 1; }
.primary { background: var(--brand); color: #fff; font-weight: 700; }
.primary:hover { background: #8c1f1f; }
.secondary { background: var(--paper); border-color: #8c959f; color: var(--ink); }
.secondary:hover, .quiet:hover { background: var(--ground); }
.quiet { background: transparent; border-color: var(--line); color: var(--soft); min-block-size: 36px; padding: 4px 12px; font-size: 14px; }
.card details { margin-block-start: 14px; color: var(--soft); }
.card summary { cursor: pointer; }
.card details .actions { margin-block-start: 8px; }
.post-photo { background: linear-gradient(135deg, #cfd8e3, #eef1f4); border-radius: 12px; block-size: 160px; display: grid; place-items: center; color: var(--soft); }
.post-photo .icon { inline-size: 56px; block-size: 56px; }
.spinner { inline-size: 40px; block-size: 40px; border: 4px solid var(--line); border-block-start-color: var(--brand); border-radius: 50%; animation: turn 0.9s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;

export const STYLE = BASE + CHAT_STYLE;
