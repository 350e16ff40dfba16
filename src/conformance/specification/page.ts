/** A line outside of blocks. */
export interface Line {
  /** From 1. */
  number: number;
  text: string;
}

/** A fenced block. */
export interface Block {
  /** Of its first line of content, from 1. */
  line: number;
  language: string;
  /** What the comment before it says that validates it, such as `operations/commit.schema.json`. */
  schema: string | undefined;
  text: string;
}

/** A page of the specification. */
export interface Page {
  /** From the top of the repository. */
  file: string;
  prose: Line[];
  blocks: Block[];
  /** Line of the fence of a block that is never closed. */
  open: number | undefined;
}

/** Something that is wrong, with its place; line 0 is the file as a whole. */
export interface Problem {
  file: string;
  line: number;
  message: string;
}

const FENCE = /^ *```(\S*)/;
/** Such lines are a block too. */
const INDENTED = '    ';
const SCHEMA = /^<!-- schema: (\S+) -->$/;

/** Divides a page into its prose and its fenced blocks. */
export function readPage(file: string, text: string): Page {
  const page: Page = { file, prose: [], blocks: [], open: undefined };
  let block: { line: number; language: string; schema: string | undefined; lines: string[] } | undefined;
  let schema: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (block !== undefined) {
      if (fence === null) block.lines.push(line);
      else {
        const { lines, ...rest } = block;
        page.blocks.push({ ...rest, text: `${lines.join('\n')}\n` });
        block = undefined;
      }
      continue;
    }
    if (fence !== null) block = { line: index + 2, language: fence[1] ?? '', schema, lines: [] };
    else if (!line.startsWith(INDENTED)) page.prose.push({ number: index + 1, text: line });
    schema = SCHEMA.exec(line)?.[1];
  }
  page.open = block && block.line - 1;
  return page;
}

/** A line as it reads: what stands in code spans and behind links is no word of it. */
export function wordsOf(text: string): string {
  return text.replace(/`[^`]*`/g, 'code').replace(/\]\([^)]*\)/g, ']');
}
