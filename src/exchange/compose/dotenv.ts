/**
 * The variables of an `.env` or `env_file`: `NAME=value` on each line, in quotes or not, with comments, `export` and, in
 * double quotes, escapes. A name alone is one without a value. `inner` replaces the variables of what is
 * not in single quotes.
 */
export function readDotenv(
  text: string,
  inner: (value: string, known: ReadonlyMap<string, string>) => string,
): Map<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  const known = new Map<string, string>();
  const form =
    /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:[=:][ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\n]*?)))?[ \t]*(?:[ \t]#[^\n]*)?$/gm;
  for (const [, name = '', single, double, bare] of text.replaceAll('\r\n', '\n').matchAll(form)) {
    const value =
      single ?? (double === undefined ? bareValue(bare, known, inner) : inner(unescaped(double), known));
    values.set(name, value);
    if (value !== undefined) known.set(name, value);
  }
  return values;
}

function bareValue(
  text: string | undefined,
  known: ReadonlyMap<string, string>,
  inner: (value: string, known: ReadonlyMap<string, string>) => string,
): string | undefined {
  return text === undefined ? undefined : inner(text.replace(/(^|\s)#.*$/, '').trim(), known);
}

function unescaped(text: string): string {
  const named: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t' };
  return text.replace(/\\(.)/gs, (_, letter: string) => named[letter] ?? (letter === '$' ? '$$' : letter));
}
