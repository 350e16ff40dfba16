import { plainText } from './entry.ts';

/**
 * What a declaration file, as the compiler writes it, says of a name: its comment without stars, and the declaration
 * with the comments of its members. Undefined where it declares no such name.
 */
export function declarationOf(text: string, name: string): { text: string; declaration: string } | undefined {
  const head = new RegExp(
    `^(?:/\\*\\*(?<comment>(?:(?!\\*/).)*)\\*/\\n)?export (?:declare |type |interface )*(?:(?:abstract )?class |async |function\\*? |const )?${name}\\b`,
    'ms',
  );
  const found = head.exec(text);
  if (found === null) return undefined;
  const begin = found.index + (found[0].lastIndexOf('export ') ?? 0);
  return {
    text: plainText(found.groups?.comment ?? ''),
    declaration: withWholeParameters(
      text.slice(begin, endOf(text, begin)).replace(/^export (?:declare )?/, ''),
    ),
  };
}

/** What a function takes out of an object is its own business. */
function withWholeParameters(declaration: string): string {
  return declaration.replaceAll(/\{[^{}]*\}(?=\??: ([A-Z]\w*))/g, (_, type: string) =>
    type === 'Settings' ? 'settings' : type.endsWith('Request') ? 'request' : 'options',
  );
}

/** Types of ours that a declaration names: what its file declares or imports from beside it. */
export function typesIn(text: string, declaration: string): string[] {
  const declared = [
    ...text.matchAll(/^(?:export )?(?:declare )?(?:interface|type|(?:abstract )?class) (\w+)/gm),
  ];
  const imported = [...text.matchAll(/^import (?:type )?\{([^}]*)\} from '\./gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    ),
  );
  const known = new Set([...declared.map(([, name = '']) => name), ...imported]);
  const words = declaration.replaceAll(/\/\*.*?\*\/|'[^']*'/gs, '').match(/\w+/g) ?? [];
  return [...new Set(words)].filter((word) => known.has(word));
}

/** Behind the semicolon or the brace that ends it: the first outside of all brackets, comments and texts. */
function endOf(text: string, begin: number): number {
  const isBlock = /^export (?:declare )?(?:abstract )?(?:interface|class) /.test(text.slice(begin));
  const token = /\/\*.*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[()[\]{};]/gs;
  token.lastIndex = begin;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [mark] = match;
    if ('([{'.includes(mark)) depth += 1;
    else if (')]}'.includes(mark)) depth -= 1;
    else if (mark !== ';') continue;
    if (depth === 0 && (mark === ';' || (mark === '}' && isBlock))) return token.lastIndex;
  }
  throw new Error(`the declaration "${text.slice(begin, begin + 80)}" has no end`);
}
