import { basename } from 'node:path';
import { rolldown } from 'rolldown';

/** Modules that are no files. */
const ENTRY = '\0entry.js';
const ABSENT = '\0absent.cjs';

/**
 * What of oclif's own modules looks for plugins, writes help, tells of its work where DEBUG is set, and asks and paints on
 * terminals: the plain way does the first three, and sc the last itself.
 */
const absent = new Map([
  ['cli.js', ['indent-string', 'wrap-ansi']],
  ['command.js', ['./config', './ux']],
  ['flags.js', ['./help']],
  ['help.js', ['../ux']],
  ['index.js', ['./handle']],
  ['logger.js', ['debug']],
  ['parse.js', ['node:readline']],
  ['pretty-print.js', ['indent-string', 'wrap-ansi']],
  ['util.js', ['ejs', '../config/util']],
]);

/** `debug` is called for each part of oclif, and what it answers for each line. */
const NOTHING = 'module.exports = () => () => {};';

function isAbsent(id: string, importer = ''): boolean {
  return importer.includes('/@oclif/core/lib/') && absent.get(basename(importer))?.includes(id) === true;
}

/** The module of this text, named entry.cjs, and in chunks of their own what is imported when it is needed. */
export async function bundle(root: string, text: string): Promise<{ fileName: string; code: string }[]> {
  const build = await rolldown({
    input: { entry: ENTRY },
    cwd: root,
    platform: 'node',
    external: [/^node:/, 'typescript'],
    transform: { define: { 'import.meta.url': 'globalThis.scMain' } },
    plugins: [
      {
        name: 'snapshot',
        resolveId: (id, importer) => (id === ENTRY ? id : isAbsent(id, importer) ? ABSENT : undefined),
        load: (id) => (id === ENTRY ? text : id === ABSENT ? NOTHING : undefined),
      },
    ],
    logLevel: 'silent',
  });
  const { output } = await build.generate({
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await build.close();
  return output.flatMap((part) =>
    part.type === 'chunk' ? { fileName: part.fileName, code: inLatin(part.code) } : [],
  );
}

/** In a string with one character that Latin-1 does not have each takes two bytes. */
function inLatin(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
