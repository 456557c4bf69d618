/** Text as it is searched whatever its case; a sigma is the same one at the end of a word, where lower case has two. */
export function searchable(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ');
}
