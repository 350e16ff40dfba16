import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Preloaded (--import) into a program: when that ends, the file of SC_TELL_MODULES has a line of JSON for each module
// that was evaluated, with the one that asked for it first.

const askers = new Map<string, string | undefined>();
const loaded: string[] = [];

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (!askers.has(found.url)) askers.set(found.url, context.parentURL);
    return found;
  },
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  const lines = loaded.map((module) => JSON.stringify({ module, asker: askers.get(module) }));
  writeFileSync(process.env.SC_TELL_MODULES ?? '', lines.join('\n'));
});
