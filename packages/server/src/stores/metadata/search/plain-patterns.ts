/** A sign that means itself, a dot or an end, with what repeats it. */
const piece = /(?:([\w /:-])|\\([./-])|([.^$]))([*+?]?)/y;

interface Piece {
  /** the sign that is meant, or else `.`, `^` or `$` */
  sign: string;
  isLiteral: boolean;
  repeat: string;
}

/** The pieces of a pattern without alternatives, sets and groups; undefined for any other. */
function piecesOf({ source }: RegExp): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < source.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(source);
    if (!found) return undefined;
    const [, plain, escaped, special, repeat = ''] = found;
    const literal = plain ?? escaped;
    pieces.push({ sign: literal ?? special ?? '', isLiteral: literal !== undefined, repeat });
  }
  return pieces;
}

/** Texts that are inside every text which a pattern matches; not all there are. */
export function literalsOf(pattern: RegExp): string[] {
  const literals: string[] = [];
  let literal = '';
  const end = () => {
    if (literal) literals.push(literal);
    literal = '';
  };
  for (const { sign, isLiteral, repeat } of piecesOf(pattern) ?? []) {
    if (isLiteral && (repeat === '' || repeat === '+')) literal += sign;
    if (!isLiteral || repeat !== '') end();
  }
  end();
  return literals;
}

/** What every text begins with that a pattern matches; empty where nothing is known of its start. */
export function prefixOf(pattern: RegExp): string {
  const [start, ...rest] = piecesOf(pattern) ?? [];
  if (start?.sign !== '^' || start.isLiteral || start.repeat !== '') return '';
  let prefix = '';
  for (const { sign, isLiteral, repeat } of rest) {
    if (!isLiteral || (repeat !== '' && repeat !== '+')) break;
    prefix += sign;
    if (repeat !== '') break;
  }
  return prefix;
}

export interface Glob {
  glob: string;
  /** Whether it is true for no other text of a single line. */
  exact: boolean;
}

/** A pattern of SQL's `glob` that is true for every text which a pattern matches. */
export function globOf(pattern: RegExp): Glob | undefined {
  const pieces = piecesOf(pattern);
  if (!pieces) return undefined;
  let glob = '';
  let exact = true;
  for (const [at, { sign, isLiteral, repeat }] of pieces.entries()) {
    if (!isLiteral && sign !== '.') {
      if (at !== (sign === '^' ? 0 : pieces.length - 1) || repeat !== '') return undefined;
      continue;
    }
    if (repeat === '' || repeat === '+') glob += isLiteral ? sign : '?';
    if (repeat !== '') glob += '*';
    if (repeat === '?' || (repeat !== '' && isLiteral)) exact = false;
  }
  const from = pieces[0]?.sign === '^' && !pieces[0].isLiteral ? '' : '*';
  const last = pieces.at(-1);
  const to = last?.sign === '$' && !last.isLiteral ? '' : '*';
  return { glob: `${from}${glob}${to}`, exact };
}
