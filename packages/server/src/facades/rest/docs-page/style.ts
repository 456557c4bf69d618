/** Its own file on the server, so that the page's policy allows styles from there and nothing else. */
export const style = `:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #14161a);
  --raised: light-dark(#f6f5f2, #1c1f25);
  --line: light-dark(#dfdcd4, #32363e);
  --ink: light-dark(#1d2026, #e7e5df);
  --quiet: light-dark(#5b606b, #a2a6b0);
  --accent: light-dark(#8a4b08, #f0b35c);
  --get: light-dark(#1d5fa8, #7fb8f5);
  --post: light-dark(#1f7040, #7fd0a0);
  --put: light-dark(#8a4b08, #f0b35c);
  --delete: light-dark(#a52a2a, #f29191);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0;
  display: grid;
  grid-template: "header main" auto "nav main" 1fr / 16rem minmax(0, 1fr);
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif;
}
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: 0.5rem; }
header { grid-area: header; padding: 1.75rem 1.5rem 0.5rem; }
header p { margin: 0; }
.brand { font-weight: 700; font-size: 1.25rem; letter-spacing: -0.01em; }
.version { color: var(--quiet); }
.links { margin-top: 0.4rem !important; }
nav { grid-area: nav; padding: 0.5rem 1.5rem 2rem; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: 0.2rem 0; color: var(--ink); text-decoration: none; }
nav a:hover { color: var(--accent); text-decoration: underline; }
main { grid-area: main; padding: 1.5rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 62rem; border-left: 1px solid var(--line); }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.9rem; letter-spacing: -0.01em; }
h2 a, article h3 a { color: inherit; text-decoration: none; }
h2 a:hover, article h3 a:hover { text-decoration: underline; }
h3 { font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; color: var(--quiet); margin: 1.4rem 0 0.4rem; }
p, ul { margin: 0.6rem 0; max-width: 46rem; }
ul { padding-left: 1.2rem; }
code, pre { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: 0.875em; }
p code, li code, .codes code { background: var(--raised); padding: 0.1em 0.3em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: 0.9rem 1rem; overflow-x: auto; margin: 0.9rem 0; }
.endpoint { border: 1px solid var(--line); border-radius: 8px; margin: 0.5rem 0; }
.endpoint[open] { background: light-dark(#fdfcfa, #171a1f); }
.endpoint summary { display: flex; gap: 0.9rem; align-items: baseline; padding: 0.65rem 0.9rem; cursor: pointer; list-style: none; border-radius: 8px; }
.endpoint summary::-webkit-details-marker { display: none; }
.endpoint summary:hover { background: var(--raised); }
.method { flex: 0 0 3.7rem; font: 700 0.75rem/1.6 ui-monospace, "DejaVu Sans Mono", Menlo, monospace; letter-spacing: 0.03em; color: var(--get); }
.method.post { color: var(--post); }
.method.put, .method.patch { color: var(--put); }
.method.delete { color: var(--delete); }
.what { display: flex; flex-direction: column; min-width: 0; }
.path { overflow-wrap: break-word; }
.summary { color: var(--quiet); font-size: 0.925rem; }
.inside { padding: 0 1rem 1.1rem; border-top: 1px solid var(--line); }
.inside > p:first-child { margin-top: 0.9rem; }
.fields { margin: 0; }
.fields dt { padding-top: 0.45rem; overflow-wrap: anywhere; }
.fields dd { margin: 0 0 0 1.1rem; }
.fields dd p { margin: 0.05rem 0 0.2rem; font-size: 0.925rem; }
.fields dd .fields { border-left: 2px solid var(--line); padding-left: 0.9rem; margin: 0.25rem 0 0.4rem; }
.type, .note { color: var(--quiet); font-size: 0.875rem; }
.required { color: var(--delete); font-size: 0.8rem; }
.answers { list-style: none; padding: 0; margin: 0; }
.codes { line-height: 2; margin: 0; }
.codes code { white-space: nowrap; }
.statuses { display: grid; grid-template-columns: 4rem 1fr; gap: 0.3rem 0.5rem; }
.statuses dd { margin: 0; }
article { border-top: 1px solid var(--line); padding: 0.4rem 0 1.2rem; }
article h3 { font-size: 1.05rem; text-transform: none; letter-spacing: 0; color: var(--ink); margin: 0.7rem 0 0.2rem; }
@media (max-width: 50rem) {
  body { display: block; }
  header { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; padding: 1.1rem 1rem 0.3rem; }
  .links { margin: 0 0 0 auto !important; }
  nav { position: static; max-height: none; padding: 0.3rem 1rem 0.6rem; border-bottom: 1px solid var(--line); }
  nav ul { display: flex; gap: 0 1rem; overflow-x: auto; white-space: nowrap; }
  nav a { padding: 0.5rem 0; }
  main { border-left: 0; padding-top: 1.2rem; }
  h1 { font-size: 1.6rem; }
  .endpoint summary { flex-direction: column; gap: 0.1rem; }
  .method { flex-basis: auto; }
}
@media print { nav { display: none; } body { display: block; } }
`;
