/** Text that is HTML already. Only this module makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[] | undefined;

/** HTML with everything put into it escaped, except what is HTML already. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  let text = literals[0] ?? '';
  for (const [i, part] of parts.entries()) text += render(part) + (literals[i + 1] ?? '');
  return new Html(text);
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(one => (one as Html).text).join('');
  return escapeHtml(String(part));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
}

/** The few signs of Markdown that descriptions use: `code`, **bold**, paragraphs and lists. */
export function markdown(text: string): Html {
  const blocks = text.split(/\n\n+/).map(block => {
    const lines = block.split('\n');
    if (!lines.every(line => line.startsWith('- '))) return html`<p>${inline(block)}</p>`;
    return html`<ul>${lines.map(line => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
  });
  return html`${blocks}`;
}

export function inline(text: string): Html {
  const pieces = text.split(/(\*\*(?:[^*`]|`[^`]*`)+\*\*|`[^`]+`)/).map(piece => {
    if (piece.startsWith('**') && piece.length > 4) return html`<strong>${inline(piece.slice(2, -2))}</strong>`;
    return piece.startsWith('`') && piece.length > 2 ? html`<code>${piece.slice(1, -1)}</code>` : html`${piece}`;
  });
  return html`${pieces}`;
}
