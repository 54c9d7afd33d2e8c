import type { Authorization } from '../authorize.ts';
import { PEOPLE, PERSON_KEYS } from '../cast.ts';
import type { Call } from '../route.ts';
import { findScope, parseScope, postOfScopes } from '../scopes.ts';
import type { PersonKey, World } from '../world.ts';
import { escapeHtml, renderPage } from './shell.ts';

const ROLES: Record<PersonKey, string> = { seller: 'فروشنده', buyer: 'خریدار', stranger: 'شخص سوم' };

const renderScope = (authorization: Authorization, text: string): string => {
  const { name } = parseScope(text, authorization.app.generation);
  const fa = findScope(authorization.app.generation, name)?.fa ?? name;
  return `<li><label><input type="checkbox" name="scope" value="${escapeHtml(text)}" checked>
    <span>${escapeHtml(fa)} <bdi dir="ltr" class="code">${escapeHtml(name)}</bdi></span></label></li>`;
};

const renderPerson = (key: PersonKey, suggested: PersonKey): string =>
  `<option value="${key}"${key === suggested ? ' selected' : ''}>${escapeHtml(PEOPLE[key].name)} (${ROLES[key]})</option>`;

interface Consent {
  world: World;
  judgement: Authorization;
  call: Call;
  suggested: PersonKey | undefined;
}

/** Divar's consent page: who asks, what for, and the three ways a person may leave it. */
export const renderConsentPage = ({ world, judgement, call, suggested }: Consent): string => {
  const { app, scopes } = judgement;
  const post = world.posts[postOfScopes(world, scopes, app.generation)];
  return renderPage({
    title: `اجازه به ${app.display}`,
    className: 'sheet-page',
    body: `<main class="card">
<p class="brand"><span class="badge">شبیه‌ساز</span> دیوار</p>
<h1><bdi>${escapeHtml(app.display)}</bdi> از شما اجازه می‌خواهد</h1>
${post ? `<p class="muted">دربارهٔ آگهی «<bdi>${escapeHtml(post.title)}</bdi>»</p>` : ''}
<form method="post" action="${call.path}/decision">
<input type="hidden" name="request" value="${escapeHtml(call.query.toString())}">
<fieldset><legend>با اجازهٔ شما این برنامه می‌تواند:</legend>
<ul class="scopes">${scopes.map((text) => renderScope(judgement, text)).join('\n')}</ul></fieldset>
<p class="field"><label for="user">با حساب</label>
<select id="user" name="user">${PERSON_KEYS.map((key) => renderPerson(key, suggested ?? 'seller')).join('')}</select></p>
<p class="actions"><button class="primary" name="decision" value="grant">اجازه می‌دهم</button>
<button class="secondary" name="decision" value="deny">نمی‌دهم</button></p>
<details><summary>برای آزمایش</summary>
<p class="actions"><button class="quiet" name="decision" value="deny_error">رد با خطا</button>
<button class="quiet" name="decision" value="bounce">بازگشت بی‌نتیجه</button></p></details>
</form></main>`,
  });
};

/** An authorization request so wrong that the person stays with Divar. */
export const renderRefusalPage = (error: string, description: string): string =>
  renderPage({
    title: 'درخواست نامعتبر',
    className: 'sheet-page',
    body: `<main class="card"><p class="brand"><span class="badge">شبیه‌ساز</span> دیوار</p>
<h1>این درخواست پذیرفته نشد</h1>
<p>برنامه درخواست اجازه را درست نفرستاده است. به دیوار بازگردید.</p>
<p><bdi dir="ltr" class="code">${escapeHtml(error)}: ${escapeHtml(description)}</bdi></p>
<p class="actions"><a class="secondary" href="/">بازگشت به دیوار</a></p></main>`,
  });
