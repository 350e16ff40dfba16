import { nearMisses } from '../errors/near-misses.ts';
import { type Complaint, either, inWords } from './finding.ts';

/** Where the values of variables come from; what is set on the command line goes before the environment. */
export interface Variables {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly set: Readonly<Record<string, string>>;
}

interface Expansion {
  text: string;
  /** Whether the text was one variable and nothing else. */
  isWhole: boolean;
  /** What is wrong, each with the words of the text that it is about. */
  complaints: (Complaint & { words: string })[];
}

/**
 * A text with its variables replaced: `${NAME}`, and `${NAME:-default}` for one that is unset or empty.
 * `$${` is a literal `${`; every other `$` stays as it is, so that what is meant for a shell inside, such
 * as `$HOME`, `$(hostname)` and `$$`, needs no escape. The value of a variable is never read again.
 */
export function expandVariables(text: string, variables: Variables): Expansion {
  const complaints: Expansion['complaints'] = [];
  let isWhole = false;
  const expanded = text.replace(/\$\$\{|\$\{[^}]*\}?/g, (words) => {
    if (words === '$${') return '${';
    isWhole = words === text;
    const value = readVariable(words, variables);
    if (typeof value === 'string') return value;
    complaints.push({ words, ...value });
    return '';
  });
  return { text: expanded, isWhole, complaints };
}

function readVariable(words: string, variables: Variables): string | Complaint {
  const [, name = '', fallback] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/s.exec(words) ?? [];
  if (name === '' || fallback?.includes('${')) {
    return {
      message: `found ${inWords(words)}, which is no variable`,
      expected: `\${NAME} or \${NAME:-default}, or $\${ for a literal \${`,
    };
  }
  const value = lookUp(name, variables);
  if (value !== undefined && (value !== '' || fallback === undefined)) return value;
  if (fallback !== undefined) return fallback;
  return unset(name, variables);
}

function lookUp(name: string, { environment, set }: Variables): string | undefined {
  return Object.hasOwn(set, name)
    ? set[name]
    : Object.hasOwn(environment, name)
      ? environment[name]
      : undefined;
}

function unset(name: string, { environment, set }: Variables): Complaint {
  const names = new Set([...Object.keys(set), ...Object.keys(environment)]);
  // Every other short name is near to a short one.
  const known = name.length < 3 ? [] : nearMisses(name, names);
  return {
    message: `variable "${name}" is not set`,
    expected: `it in the environment or by --set ${name}=VALUE, or a default: \${${name}:-default}`,
    ...(known.length > 0 && { suggestion: either(known) }),
  };
}
