import { fileWord, isFileWord } from './word.ts';

/** What a resolver goes by. */
export interface NameResolution {
  /** Addresses of name servers. */
  servers: readonly string[];
  search: readonly string[];
  options: readonly string[];
}

/**
 * The text of /etc/resolv.conf (resolv.conf(5)): what is declared and nothing of the host's own. Without a
 * server resolvers ask 127.0.0.1, where nobody listens, and fail at once in place of waiting.
 */
export function resolvConf({ servers, search, options }: NameResolution): string {
  return [
    ...servers.map((server) => ['nameserver', server]),
    ...(search.length > 0 ? [['search', ...search]] : []),
    ...(options.length > 0 ? [['options', ...options]] : []),
  ]
    .map((words) => `${words.map((word) => fileWord('/etc/resolv.conf', word)).join(' ')}\n`)
    .join('');
}

/**
 * What a text of resolv.conf says, read as resolvers do: the last of several search lists counts, and `domain` is a
 * list of one. What could not be written again as it is, as a name with a comment in it, is left out.
 */
export function parseResolvConf(text: string): NameResolution {
  const lines = text
    .split('\n')
    .map((line) =>
      line
        .replace(/[#;].*/, '')
        .trim()
        .split(/\s+/),
    )
    .map(([keyword, ...words]) => ({ keyword, words: words.filter(isFileWord) }));
  const of = (...keywords: string[]) => lines.filter(({ keyword = '' }) => keywords.includes(keyword));
  return {
    servers: of('nameserver').flatMap(({ words }) => words.slice(0, 1)),
    search: of('search', 'domain').at(-1)?.words ?? [],
    options: of('options').flatMap(({ words }) => words),
  };
}
