export type Cell = string;

/** Puts values in the place of `{name}`; the slashes of a last `{path}` stay. */
export function fillPath(path: string, params: Readonly<Record<string, Cell>>): string {
  return path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name] ?? '';
    return name === 'path' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
}
