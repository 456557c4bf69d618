/** A sign that means itself, a dot or an end, with what repeats it. */
const piece = /(?:([\w /:-])|\\([./-])|[.^$])([*+?]?)/y;

/**
 * Texts that are inside every text which a pattern matches; not all there are, and none of patterns with alternatives,
 * sets or groups.
 */
export function literalsOf({ source }: RegExp): string[] {
  const literals: string[] = [];
  let literal = '';
  const end = () => {
    if (literal) literals.push(literal);
    literal = '';
  };
  for (let at = 0; at < source.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(source);
    if (!found) return [];
    const sign = found[1] ?? found[2];
    const repeat = found[3];
    if (sign === undefined) end();
    else if (repeat === '') literal += sign;
    else {
      if (repeat === '+') literal += sign;
      end();
    }
  }
  end();
  return literals;
}
