/** One thing that an entry point exports. */
export interface Item {
  name: string;
  /** Its name where it is declared. */
  local: string;
  /** The file that declares it, from the top of the repository. */
  source: string;
  /** The schema that its file is generated from. */
  schema: string | undefined;
  /** What it says of itself. */
  text: string;
  /** As the compiler declares it, with what its members say. */
  declaration: string;
  /** Types of ours that are in it. */
  types: string[];
}

export interface Entry {
  /** What the entry point says of itself. */
  text: string;
  items: Item[];
}

interface Export {
  name: string;
  /** Its name in the file that declares it. */
  local: string;
  /** That file, from the entry point. */
  from: string;
}

/** Reads an entry point, which is a text and a list of `export { ... } from '...'`. Throws for anything else. */
export function exportsOf(source: string): { text: string; exports: Export[] } {
  const [, comment = ''] = /^\/\*\*(.*?)\*\/\n/s.exec(source) ?? [];
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';\n/gm)];
  const rest = lists.reduce(
    (text, [list]) => text.replace(list, ''),
    source.replace(/^\/\*\*.*?\*\/\n/s, ''),
  );
  if (rest.trim() !== '')
    throw new Error(`an entry point only exports what others declare, and has: ${rest.trim()}`);
  const exports = lists.flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => {
        const [local = '', given = local] = name.split(' as ');
        return { name: given, local, from };
      }),
  );
  return { text: plainText(comment), exports };
}

/** A comment without its stars. */
export function plainText(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
