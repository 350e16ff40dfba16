/** The words of a command line that are no flags of sc: what they are about, and what belongs to a program. */
export function rawWords(raw: readonly { type: string; input: string }[]): {
  first: string | undefined;
  args: string[];
} {
  // The parser's own list of words is sorted, and twice the same word is not where it was.
  const [first, ...words] = raw.filter(({ type }) => type === 'arg').map(({ input }) => input);
  return { first, args: words[0] === '--' ? words.slice(1) : words };
}
