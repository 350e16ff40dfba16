import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Line, type Page, type Problem, wordsOf } from '../../src/conformance/specification/page.ts';
import type { Specification } from '../../src/conformance/specification/specification.ts';

/** One sentence a line, links that lead somewhere, and blocks that say what they are. */
export function checkProse(specification: Specification): Problem[] {
  return specification.pages.flatMap((page) => [
    ...page.prose.flatMap((line) => problemsOf(page, line)),
    ...page.blocks
      .filter(({ language }) => language === '')
      .map(({ line }) => ({ file: page.file, line, message: 'the block does not say what language it has' })),
    ...(page.open === undefined
      ? []
      : [{ file: page.file, line: page.open, message: 'the block is never closed' }]),
    ...checkLinks(page, specification),
  ]);
}

/** Headings, tables, comments and what is indented below an item are no paragraphs. */
const NO_PARAGRAPH = /^(#|\||<!--|\s|[-*] |\d+\. |> |$)/;

function problemsOf({ file }: Page, { number: line, text }: Line): Problem[] {
  const words = wordsOf(text.replace(/^\s*([-*]|\d+\.) /, ''));
  if (/^(#|\|)/.test(words)) return [];
  const isMany = /[.!?]["')]*\s+["'(]?[A-Z]/.test(words);
  const isPart = !NO_PARAGRAPH.test(text) && !/[.!?:]["')*_]*$/.test(words);
  return [
    ...(isMany ? [{ file, line, message: 'a line has one sentence' }] : []),
    ...(isPart ? [{ file, line, message: 'a sentence ends on its line' }] : []),
  ];
}

function checkLinks({ file, prose }: Page, { root, pages }: Specification): Problem[] {
  return prose.flatMap(({ number: line, text }) =>
    [...text.replace(/`[^`]*`/g, '').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(
      ([, path = '', anchor]) => {
        const target = path === '' ? file : normalize(join(dirname(file), path));
        if (!existsSync(join(root, target))) return [{ file, line, message: `there is no ${target}` }];
        const page = pages.find((other) => other.file === target);
        const isThere = anchor === undefined || page === undefined || anchorsOf(page).has(anchor);
        return isThere ? [] : [{ file, line, message: `${target} has no heading "#${anchor}"` }];
      },
    ),
  );
}

/** As the usual readers of Markdown make them of headings. */
function anchorsOf({ prose }: Page): Set<string> {
  const headings = prose.flatMap(({ text }) => /^#+ (.*)$/.exec(text)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
