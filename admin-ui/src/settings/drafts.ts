/** What somebody has typed and not saved, kept in the tab: a login that ends by itself takes nothing of it. No secret is ever
 *  in a form that keeps a draft. */
const PREFIX = 'peyvand_draft ';

type Entries = [name: string, value: string][];

export function keepDraft(name: string, form: HTMLFormElement): void {
  const entries = [...new FormData(form)].map(([field, value]) => [field, String(value)]);
  window.sessionStorage.setItem(PREFIX + name, JSON.stringify(entries));
}

export function dropDraft(name: string): void {
  window.sessionStorage.removeItem(PREFIX + name);
}

/** True when there was one. */
export function restoreDraft(name: string, form: HTMLFormElement): boolean {
  const text = window.sessionStorage.getItem(PREFIX + name);
  if (text === null) return false;
  const values = new Map(JSON.parse(text) as Entries);
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && /^(checkbox|radio)$/.test(element.type))
      element.checked = values.get(element.name) === element.value;
    else if (isField(element)) element.value = values.get(element.name) ?? element.value;
  }
  return true;
}

function isField(element: Element): element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement
  );
}
