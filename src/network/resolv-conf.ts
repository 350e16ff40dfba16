import { fileWord } from './word.ts';

interface NameResolution {
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
