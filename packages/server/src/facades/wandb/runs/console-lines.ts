import { isJsonObject } from '../../../domain/json.ts';

export interface ConsoleLine {
  number: number;
  timestamp: string | null;
  level: string | null;
  label: string | null;
  line: string;
}

/**
 * A line of `output.log` as streamed: `{"ts", "content", "level"?, "label"?}`, or `<time> text` of clients that do not
 * send it in parts.
 */
export function consoleLine(text: string, number: number): ConsoleLine {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && typeof value.content === 'string') {
      const { ts, content, level, label } = value;
      return { number, timestamp: textOrNull(ts), level: textOrNull(level), label: textOrNull(label), line: content };
    }
  } catch {
    // not in parts
  }
  const [, level, timestamp, line] = /^(ERROR )?(\d{4}-\d\d-\d\dT[\d:.]+) (.*)$/s.exec(text) ?? [];
  if (timestamp === undefined) return { number, timestamp: null, level: null, label: null, line: text };
  return { number, timestamp, level: level ? 'error' : null, label: null, line: line ?? '' };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
