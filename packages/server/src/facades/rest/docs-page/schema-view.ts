import { type Html, html, inline } from './html.ts';

/** As much of JSON Schema as our own documents hold. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  const?: string;
  /** one of several forms */
  oneOf?: Schema[];
  anyOf?: Schema[];
  default?: unknown;
  format?: string;
}

/** The fields of an object as a list of terms, inner objects indented below theirs; of every form where it has several. */
export function fieldList(schema: Schema, showRequired: boolean): Html | undefined {
  if (schema.oneOf)
    return html`${schema.oneOf.map((form, i) => html`${i > 0 ? html`<p>or</p>` : undefined}${fieldList(form, showRequired)}`)}`;
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return undefined;
  const required = new Set(showRequired ? schema.required : []);
  return html`<dl class="fields">${fields.map(([name, field]) => one(name, field, required.has(name), showRequired))}</dl>`;
}

function one(name: string, field: Schema, required: boolean, showRequired: boolean): Html {
  const inner = innerObject(field);
  const fallback =
    showRequired && field.default !== undefined
      ? html` <span class="note">default <code>${JSON.stringify(field.default)}</code></span>`
      : undefined;
  return html`<dt><code>${name}</code> <span class="type">${typeName(field)}</span>${required ? html` <span class="required">required</span>` : undefined}${fallback}</dt>
<dd>${field.description ? html`<p>${inline(field.description)}</p>` : undefined}${inner ? fieldList(inner, showRequired) : undefined}</dd>`;
}

/** An object spelt out in place, also as the item of a list or as one of two choices. */
function innerObject(schema: Schema): Schema | undefined {
  if (schema.properties) return schema;
  if (schema.items?.properties) return schema.items;
  return schema.anyOf?.find(choice => choice.properties !== undefined);
}

/** What a value is, in a few words, with links to the objects that have a name. */
export function typeName(schema: Schema): Html {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#object-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum) return html`${schema.enum.join(' | ')}`;
  if (schema.anyOf) return html`${schema.anyOf.map((choice, i) => html`${i > 0 ? ' or ' : ''}${typeName(choice)}`)}`;
  if (schema.type === 'array')
    return schema.items?.properties ? html`list of objects` : html`list of ${typeName(schema.items ?? {})}`;
  return html`${[schema.type ?? 'anything'].flat().join(' or ')}`;
}
