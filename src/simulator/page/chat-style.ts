/** The chat page: phones, bubbles, the sheet of add-ons, and the trace. */
export const CHAT_STYLE = `
.chat-page { padding: 12px 16px 24px; }
.top { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; justify-content: space-between; max-inline-size: 1360px; margin: 0 auto 12px; }
.top h1 { font-size: 20px; }
.picker { display: flex; gap: 8px; align-items: center; min-inline-size: 0; flex: 0 1 auto; }
.picker select { inline-size: min(420px, 100%); }
.offline { background: #fff3cd; color: var(--warn); border-radius: 10px; padding: 8px 14px; max-inline-size: 1360px; margin: 0 auto 12px; }
.stage { display: grid; gap: 20px; max-inline-size: 1360px; margin: 0 auto; grid-template-columns: 360px minmax(0, 1fr) 360px; align-items: start; }
.side h2, .trace h2 { font-size: 15px; display: flex; gap: 8px; align-items: center; margin-block-end: 8px; min-block-size: 36px; }
.side h2 .icon { color: var(--soft); }
.tabs { display: none; }

.phone { position: relative; display: flex; flex-direction: column; block-size: min(660px, calc(100vh - 120px)); min-block-size: 520px; background: var(--paper); border: 8px solid #22272e; border-radius: 36px; overflow: hidden; box-shadow: 0 14px 40px #1b1f2429; }
.status { display: flex; justify-content: space-between; align-items: center; padding: 6px 18px 2px; font-size: 13px; font-weight: 700; }
.status-icons { display: flex; gap: 6px; }
.status .icon { inline-size: 16px; block-size: 16px; }
.chat-head { display: flex; align-items: center; gap: 10px; padding: 6px 10px; border-block-end: 1px solid var(--line); }
.head-icon { color: var(--soft); }
.avatar { inline-size: 36px; block-size: 36px; border-radius: 50%; background: #e4d4d4; color: #6d1d1d; display: grid; place-items: center; font-weight: 700; flex: none; }
.peer { flex: 1; min-inline-size: 0; line-height: 1.4; display: grid; }
.peer small { color: var(--soft); font-size: 12px; }
.menu { position: relative; }
.menu summary { list-style: none; cursor: pointer; inline-size: 40px; block-size: 40px; display: grid; place-items: center; border-radius: 50%; color: var(--soft); }
.menu summary::-webkit-details-marker { display: none; }
.menu-items { position: absolute; inset-inline-end: 0; inset-block-start: 44px; z-index: 3; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 10px 30px #1b1f2429; inline-size: 240px; padding: 6px; }
.menu-items button { display: block; inline-size: 100%; text-align: start; background: none; border: 0; border-radius: 8px; padding: 9px 12px; }
.menu-items button:hover { background: var(--ground); }
.menu-items button[aria-pressed="true"] { color: var(--bad); font-weight: 700; }
.post-strip { display: flex; gap: 10px; align-items: center; padding: 8px 12px; border-block-end: 1px solid var(--line); background: #fafbfc; }
.thumb { inline-size: 44px; block-size: 44px; border-radius: 8px; background: linear-gradient(135deg, #cfd8e3, #e9edf2); color: var(--soft); display: grid; place-items: center; flex: none; }
.post-text { min-inline-size: 0; display: grid; line-height: 1.5; }
.post-text strong { font-size: 14px; font-weight: 500; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.post-text small { color: var(--soft); font-size: 13px; }

.log { flex: 1; overflow-y: auto; padding: 12px; display: flex; flex-direction: column; gap: 8px; background: #f7f8fa; }
.log:focus-visible { outline-offset: -2px; }
.log .day { align-self: center; color: var(--soft); background: #e8ebef; border-radius: 12px; padding: 1px 12px; font-size: 12px; }
.log .quiet-note { margin: auto; color: var(--soft); text-align: center; max-inline-size: 240px; }
.log > * { flex: none; }
.bubble { max-inline-size: 84%; border-radius: 14px; padding: 7px 12px; background: var(--other); align-self: flex-end; border-end-end-radius: 4px; }
.bubble.own { background: var(--own); align-self: flex-start; border-end-end-radius: 14px; border-end-start-radius: 4px; }
.bubble .text { unicode-bidi: plaintext; text-align: start; white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble .meta { display: flex; gap: 4px; align-items: center; justify-content: flex-end; color: var(--soft); font-size: 12px; line-height: 1.4; }
.bubble .meta .icon { inline-size: 16px; block-size: 16px; color: var(--link); }
.bubble.app { inline-size: 84%; padding: 0; overflow: hidden; background: var(--paper); border: 1px solid var(--line); }
.bubble.app.own { background: #eaf5ff; border-color: #c3ddf5; }
.bubble.app .body { padding: 6px 12px 7px; }
.bubble.lit { outline: 3px solid #e0a100; }
.app-name { display: flex; gap: 8px; align-items: center; padding: 7px 12px; border-block-end: 1px solid #1b1f2414; font-weight: 700; font-size: 14px; }
.logo { inline-size: 26px; block-size: 26px; border-radius: 8px; background: #3f4f8c; color: #fff; display: grid; place-items: center; font-size: 14px; font-weight: 700; flex: none; }
.logo.big { inline-size: 56px; block-size: 56px; border-radius: 16px; font-size: 26px; }
.row { display: flex; border-block-start: 1px solid #1b1f2414; }
.row button { flex: 1; min-inline-size: 0; background: none; border: 0; padding: 9px 6px; min-block-size: 44px; color: var(--link); font-weight: 500; font-size: 14px; display: flex; gap: 6px; align-items: center; justify-content: center; line-height: 1.5; }
.row button + button { border-inline-start: 1px solid #1b1f2414; }
.row button:hover { background: #0b5cad12; }
.row button:disabled { color: var(--soft); cursor: progress; }
.row .icon { inline-size: 18px; block-size: 18px; flex: none; }

.composer { display: flex; gap: 4px; align-items: flex-end; padding: 8px; border-block-start: 1px solid var(--line); background: var(--paper); }
.composer textarea { flex: 1; min-inline-size: 0; resize: none; border: 1px solid #8c959f; border-radius: 20px; padding: 6px 14px; max-block-size: 96px; line-height: 1.7; background: var(--paper); }
.composer textarea:placeholder-shown { direction: rtl; }
.round { inline-size: 40px; block-size: 40px; border-radius: 50%; border: 0; background: none; display: grid; place-items: center; color: var(--soft); flex: none; }
.round.puzzle { color: var(--brand); }
.round.puzzle:hover, .round.send:hover { background: var(--ground); }
.round.send { color: var(--link); display: none; }
.composer.has-text .send { display: grid; }
.composer.has-text .mic { display: none; }

.sheet-back { position: absolute; inset: 0; background: #1b1f2466; z-index: 4; }
.sheet { position: absolute; inset-inline: 0; inset-block-end: 0; z-index: 5; background: var(--paper); border-radius: 20px 20px 0 0; padding: 14px 16px 18px; max-block-size: 82%; overflow-y: auto; animation: rise 0.18s ease-out; }
@keyframes rise { from { transform: translateY(24px); opacity: 0; } }
.sheet-head { display: flex; align-items: center; gap: 8px; margin-block-end: 8px; }
.sheet-head strong { flex: 1; font-size: 16px; }
.sheet .item { display: flex; gap: 12px; align-items: center; inline-size: 100%; text-align: start; background: none; border: 0; border-radius: 12px; padding: 9px 6px; }
.sheet .item:hover { background: var(--ground); }
.item-text { flex: 1; min-inline-size: 0; display: grid; line-height: 1.5; }
.item-text small { color: var(--soft); font-size: 13px; }
.item > .icon { color: var(--soft); inline-size: 18px; block-size: 18px; }
.provider { display: grid; gap: 10px; justify-items: center; text-align: center; }
.provider .description { white-space: pre-wrap; color: var(--ink); text-align: start; inline-size: 100%; }
.provider .primary { inline-size: 100%; margin-block-start: 6px; }
.provider .primary:disabled { opacity: 0.7; cursor: progress; }
.toast { position: absolute; inset-inline: 14px; inset-block-end: 74px; z-index: 6; background: #2d333b; color: #fff; border-radius: 12px; padding: 10px 14px; font-size: 14px; box-shadow: 0 8px 24px #1b1f2440; }
.toast:empty { display: none; }
.toast a { color: #9fd0ff; }

.trace { background: var(--paper); border-radius: 16px; padding: 10px 14px; min-inline-size: 0; display: flex; flex-direction: column; max-block-size: calc(min(660px, max(520px, 100vh - 120px)) + 44px); }
.trace h2 .muted { font-size: 13px; flex: 1; }
.tools { border: 1px solid var(--line); border-radius: 10px; padding: 6px 12px; margin-block-end: 8px; }
.tools[open] { max-block-size: 46vh; overflow-y: auto; flex: none; }
.tools summary { cursor: pointer; color: var(--soft); }
.tool-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 8px 14px; padding-block: 8px; }
.tool-grid label { display: grid; font-size: 13px; color: var(--soft); }
.tool-grid select { color: var(--ink); font-size: 14px; }
.hops { list-style: none; margin: 0; padding: 0; overflow-y: auto; flex: 1; min-block-size: 0; }
.hops:empty { display: none; }
.hop { border-inline-start: 3px solid var(--line); padding: 1px 10px 1px 0; padding-inline: 10px 0; margin-block: 5px; }
.hop.out { border-color: var(--brand); }
.hop.in { border-color: #3f4f8c; }
.hop.browser { border-color: #8c959f; }
.hop.lit { background: #fff8e1; }
.hop summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; list-style: none; }
.hop summary::-webkit-details-marker { display: none; }
.hop .kind { font-weight: 500; }
.hop .way { color: var(--soft); font-size: 13px; flex: 1; }
.hop .facts { color: var(--soft); font-size: 13px; white-space: nowrap; }
.hop .ok { color: var(--good); font-weight: 700; }
.hop .fail { color: var(--bad); font-weight: 700; }
.hop .problem { color: var(--bad); font-size: 13px; overflow-wrap: anywhere; }
.hop.warned .problem { color: var(--warn); }
.hop pre { direction: ltr; text-align: left; background: #f6f8fa; border-radius: 8px; padding: 8px 10px; font-size: 12px; line-height: 1.5; overflow-x: auto; margin: 4px 0 8px; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
.empty { color: var(--soft); text-align: center; padding: 36px 20px; margin: auto; max-inline-size: 340px; }

@media (max-width: 1199px) {
  .stage { grid-template-columns: minmax(0, 360px) minmax(0, 360px); justify-content: center; }
  .side-buyer { grid-row: 1; grid-column: 2; }
  .trace { grid-row: 2; grid-column: 1 / -1; max-block-size: 480px; }
}
@media (max-width: 767px) {
  .chat-page { padding: 8px 8px 12px; }
  .top { gap: 4px 12px; margin-block-end: 6px; }
  .top h1 { font-size: 17px; }
  .picker { inline-size: 100%; }
  .picker select { flex: 1; }
  .tabs { display: flex; gap: 4px; background: #dfe3e8; border-radius: 12px; padding: 4px; margin-block-end: 8px; }
  .tabs button { flex: 1; border: 0; background: none; border-radius: 9px; min-block-size: 40px; }
  .tabs button[aria-pressed="true"] { background: var(--paper); font-weight: 700; }
  .stage { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .side-buyer, .side-seller, .trace { grid-row: 1; grid-column: 1; }
  .side h2 { display: none; }
  .phone { border-width: 0; border-radius: 16px; block-size: calc(100dvh - 156px); min-block-size: 420px; box-shadow: none; border: 1px solid var(--line); }
  .trace { max-block-size: calc(100dvh - 156px); min-block-size: 420px; }
  .tab-seller .side-buyer, .tab-seller .trace, .tab-buyer .side-seller, .tab-buyer .trace, .tab-trace .side { display: none; }
}
`;
