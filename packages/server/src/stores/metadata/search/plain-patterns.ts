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

/** A pattern of SQL's `glob` that is true for every text which a pattern matches, and for some others. */
export function globOf(pattern: RegExp): string | undefined {
  const pieces = piecesOf(pattern);
  if (!pieces) return undefined;
  let glob = '';
  for (const [at, { sign, isLiteral, repeat }] of pieces.entries()) {
    if (!isLiteral && sign !== '.') {
      if (at !== (sign === '^' ? 0 : pieces.length - 1)) return undefined;
      continue;
    }
    if (repeat === '' || repeat === '+') glob += isLiteral ? sign : '?';
    if (repeat !== '') glob += '*';
  }
  const from = pieces[0]?.sign === '^' && !pieces[0].isLiteral ? '' : '*';
  const last = pieces.at(-1);
  const to = last?.sign === '$' && !last.isLiteral ? '' : '*';
  return `${from}${glob}${to}`;
}
