import type { RunRecord } from '../log-file.ts';
import { resultOf } from '../measure.ts';
import { markup } from './markup.ts';

/** Width of a letter of the font below, in pixels, on the whole. */
const LETTER = 6.6;

/** A picture of one line for each run, with all that a share without would hide. */
export function badgeOf(runs: readonly RunRecord[]): string {
  const lines = runs.map((record) => {
    const { runtime, tally, complete } = resultOf(record);
    const name = `${runtime.declared?.name ?? runtime.argument} ${runtime.declared?.version ?? ''}`.trim();
    const open = tally.incomplete + tally.unsupported + tally.notApplicable;
    const words = `${tally.passed} passed, ${tally.failed} failed, ${open} not measured${complete ? '' : ', interrupted'}`;
    const isGood = tally.failed === 0 && tally.incomplete === 0 && complete;
    return { name, words, color: isGood ? '#1a7f37' : tally.failed > 0 ? '#b42318' : '#9a6700' };
  });
  const left = width(lines.map(({ name }) => name));
  const right = width(lines.map(({ words }) => words));
  const rows = lines.map(({ name, words, color }, index) => {
    const top = index * 22;
    return `<rect y="${top}" width="${left}" height="20" fill="#444"/><rect x="${left}" y="${top}" width="${right}" height="20" fill="${color}"/>
<text x="8" y="${top + 14}">${markup(name)}</text><text x="${left + 8}" y="${top + 14}">${markup(words)}</text>`;
  });
  const title = lines.map(({ name, words }) => `${name}: ${words}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${lines.length * 22 - 2}" role="img" aria-label="${markup(title)}" font-family="DejaVu Sans,Verdana,sans-serif" font-size="11" fill="#fff">
<title>${markup(title)}</title>
${rows.join('\n')}
</svg>
`;
}

function width(texts: readonly string[]): number {
  return Math.ceil(Math.max(...texts.map(({ length }) => length)) * LETTER) + 16;
}
