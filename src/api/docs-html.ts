/** Schemas and operations of an OpenAPI document as HTML. Everything that is shown is escaped here. */

export type JsonSchema = { readonly [key: string]: unknown };

export interface Operation {
  summary: string;
  description?: string;
  tags?: readonly string[];
  parameters?: readonly JsonSchema[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

export const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

/** Escaped, with what stands between back quotes as code. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

export function pre(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${cell}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export function anchorOf(...parts: readonly string[]): string {
  return parts
    .join('-')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}

/** `method`: in capitals. */
export function renderOperation(method: string, path: string, operation: Operation): string {
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const replies = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema;
    return [
      code(status),
      `${escapeHtml(description)}${schema ? `: ${typeOf(schema)}` : ''}${nested(schema)}`,
    ];
  });
  return [
    `<h3 id="${anchorOf(method, path)}"><span class="method">${method}</span> ${code(path)}</h3>`,
    `<p>${prose(operation.summary)}. <span class="muted">${prose(operation.description ?? '')}</span></p>`,
    renderParameters(operation.parameters ?? []),
    body ? `<h4>Body</h4>${renderSchema(body)}` : '',
    `<h4>Answers</h4>${table(['Status', ''], replies)}`,
  ].join('\n');
}

function renderParameters(parameters: readonly JsonSchema[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: place, required, schema, description }) => [
    `${code(String(name))}${required ? '' : ' <span class="muted">optional</span>'}`,
    escapeHtml(String(place)),
    `${typeOf((schema ?? {}) as JsonSchema)} ${prose(String(description ?? ''))}`,
  ]);
  return `<h4>Parameters</h4>${table(['Name', 'In', ''], rows)}`;
}

/** The members of a schema, or its type alone. */
export function renderSchema(schema: JsonSchema): string {
  return membersOf(schema) === undefined ? `<p>${typeOf(schema)}</p>` : nested(schema);
}

function nested(schema: JsonSchema | undefined): string {
  const members = schema && membersOf(schema);
  if (!members || Object.keys(members.properties).length === 0) return '';
  const items = Object.entries(members.properties).map(([name, member]) => {
    const optional = members.required.includes(name) ? '' : ' <span class="muted">optional</span>';
    const description = typeof member.description === 'string' ? ` ${prose(member.description)}` : '';
    return `<dt>${code(name)} ${typeOf(member)}${optional}${description}</dt><dd>${nested(member)}</dd>`;
  });
  return `<dl>${items.join('')}</dl>`;
}

/** Of an object, of the items of an array, or of what may be null. */
function membersOf(
  schema: JsonSchema,
): { properties: Record<string, JsonSchema>; required: readonly string[] } | undefined {
  if (schema.properties)
    return {
      properties: schema.properties as Record<string, JsonSchema>,
      required: (schema.required ?? []) as readonly string[],
    };
  if (schema.items) return membersOf(schema.items as JsonSchema);
  const choices = choicesOf(schema).filter(({ type }) => type !== 'null');
  return choices.length === 1 && choices[0] ? membersOf(choices[0]) : undefined;
}

function choicesOf(schema: JsonSchema): readonly JsonSchema[] {
  return (schema.anyOf ?? schema.oneOf ?? []) as readonly JsonSchema[];
}

const REF = '#/components/schemas/';

function typeOf(schema: JsonSchema): string {
  const { $ref, type, items, const: constant } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.replace(REF, '');
    return `<a href="#${anchorOf('schema', name)}">${escapeHtml(name)}</a>`;
  }
  if (constant !== undefined) return code(JSON.stringify(constant));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(String(value))).join(' | ');
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.map(typeOf).join(' | ');
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`;
  const format = typeof schema.format === 'string' ? ` (${schema.format})` : '';
  return `<span class="muted">${escapeHtml(`${Array.isArray(type) ? type.join(' | ') : (type ?? 'any')}${format}`)}</span>`;
}
