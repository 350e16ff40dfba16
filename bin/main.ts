import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// V8 believes its cache of compiled code, so that it must be as hard to write for others as the code is:
// it lies beside the code, and only the code's owner keeps one (root in a checkout of somebody else does not).
const code = join(import.meta.dirname, '..');
if (statSync(code).uid === process.geteuid?.()) enableCompileCache(join(code, '.compile-cache'));

const { main } = await import('../src/cli/main.ts');

// The process ends here whatever is still open: all that was printed was written before it was counted done.
process.exit(await main(process.argv.slice(2)));
