import { type ApiGroup, apiBase, type Endpoint, errorsOf, groupTitles, listEndpoints } from '@weighhouse/contract';
import { httpStatus } from '../../../http/error-status.ts';
import { curlExample } from './curl-example.ts';
import { type Html, html, inline, markdown } from './html.ts';
import { fieldList, type Schema, typeName } from './schema-view.ts';

interface Operation {
  parameters: { name: string; in: string; required: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}

/** The parts of our OpenAPI document that the page is made from. */
export interface Document {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** The whole API on one page: no script, nothing loaded from elsewhere, readable without a key. */
export function docsPage(document: Document, baseUrl: string): string {
  const groups = Object.keys(groupTitles) as ApiGroup[];
  const endpoints = listEndpoints();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} REST API</title>
<link rel="stylesheet" href="docs/style.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><p class="brand">${document.info.title}</p><p class="version">REST API v1</p><p class="links"><a href="v1/openapi.json">OpenAPI 3.1</a></p></header>
<nav aria-label="Sections"><ul>${[html`<li><a href="#begin">Begin</a></li>`, ...groups.map(group => html`<li><a href="#${group}">${groupTitles[group]}</a></li>`), html`<li><a href="#errors">Error codes</a></li><li><a href="#objects">Objects</a></li>`]}</ul></nav>
<main id="content">
<section id="begin"><h1>REST API</h1>${markdown(document.info.description)}${beginning(baseUrl)}</section>
${groups.map(group =>
  section(
    group,
    endpoints.filter(one => one.group === group).map(one => one.endpoint),
    document,
  ),
)}
${errorSection()}
${objectSection(document)}
</main>
</body>
</html>
`;
  return page.text;
}

function beginning(baseUrl: string): Html {
  const lines = `export WANDB_BASE_URL=${baseUrl}\nexport WANDB_API_KEY=<your key>\ncurl "$WANDB_BASE_URL${apiBase}/viewer" -H "Authorization: Bearer $WANDB_API_KEY"`;
  return html`<p>The examples below use the two variables that the server prints when it starts, which the wandb client reads as well:</p><pre><code>${lines}</code></pre>`;
}

function section(group: ApiGroup, endpoints: Endpoint[], document: Document): Html {
  return html`<section id="${group}"><h2><a href="#${group}">${groupTitles[group]}</a></h2>${endpoints.map(one => card(one, document))}</section>\n`;
}

function card(endpoint: Endpoint, document: Document): Html {
  const { id, method, path, summary, description, transfer } = endpoint;
  const operation = document.paths[path]?.[method.toLowerCase()];
  const body = operation?.requestBody?.content['application/json']?.schema;
  return html`<details id="${id}" class="endpoint"><summary><span class="method ${method.toLowerCase()}">${method}</span><span class="what"><code class="path">${breakable(path)}</code><span class="summary">${inline(summary)}</span></span></summary>
<div class="inside">${description ? markdown(description) : undefined}
<pre><code>${curlExample(endpoint)}</code></pre>
${parameterList('In the path', operation, 'path')}${parameterList('Query', operation, 'query')}${parameterList('Headers', operation, 'header')}
${transfer === 'upload' ? html`<h3>Body</h3><p>The bytes as they are.</p>` : body ? html`<h3>Body</h3>${fieldList(body, true)}` : undefined}
<h3>Answer</h3>${answers(operation, transfer)}
${failures(endpoint)}</div></details>
`;
}

/** Long paths may break after a slash, and nowhere else. */
function breakable(path: string): Html {
  return html`${path.split(/(?<=\/)/).map(step => html`${step}<wbr>`)}`;
}

function parameterList(title: string, operation: Operation | undefined, where: string): Html | undefined {
  const list =
    operation?.parameters.filter(one => one.in === where && (where !== 'path' || one.description !== undefined)) ?? [];
  if (list.length === 0) return undefined;
  const properties = Object.fromEntries(
    list.map(({ name, schema, description }) => [name, { ...schema, description }]),
  );
  const required = where === 'path' ? [] : list.filter(one => one.required).map(({ name }) => name);
  return html`<h3>${title}</h3>${fieldList({ properties, required }, true)}`;
}

function answers(operation: Operation | undefined, transfer: Endpoint['transfer']): Html {
  const successes = Object.entries(operation?.responses ?? {}).filter(([status]) => Number(status) < 400);
  return html`<ul class="answers">${successes.map(([status, { description, content }]) => {
    const schema = content?.['application/json']?.schema;
    const list = schema?.properties?.items?.items;
    const what =
      transfer === 'download' && content
        ? html`: the bytes`
        : list
          ? html`: a page of ${typeName(list)}`
          : schema
            ? html`: ${typeName(schema)}`
            : undefined;
    return html`<li><strong>${status}</strong> ${inline(description.replace(/\.$/, ''))}${what}</li>`;
  })}</ul>`;
}

function failures(endpoint: Endpoint): Html {
  const codes = errorsOf(endpoint).sort((a, b) => httpStatus[a] - httpStatus[b]);
  return html`<h3>Errors</h3><p class="codes">${codes.map(code => html`<code>${httpStatus[code]} ${code}</code> `)}</p>`;
}

function errorSection(): Html {
  const byStatus = Map.groupBy(Object.entries(httpStatus), ([, status]) => status);
  const rows = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(
      ([status, codes]) =>
        html`<dt><strong>${status}</strong></dt><dd class="codes">${codes.map(([code]) => html`<code>${code}</code> `)}</dd>`,
    );
  return html`<section id="errors"><h2><a href="#errors">Error codes</a></h2><p>The set is closed. A program decides by the code; the message is for people and says what to do next.</p><dl class="statuses">${rows}</dl></section>`;
}

function objectSection({ components }: Document): Html {
  const objects = Object.entries(components.schemas).map(([name, schema]) => {
    const fields = fieldList(schema, false);
    const about = schema.description ? html`<p>${inline(schema.description)}</p>` : undefined;
    return html`<article id="object-${name}"><h3><a href="#object-${name}">${name}</a></h3>${about}${fields ?? html`<p class="type">${typeName(schema)}</p>`}</article>`;
  });
  return html`<section id="objects"><h2><a href="#objects">Objects</a></h2>${objects}</section>`;
}
