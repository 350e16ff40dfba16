import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

let loaded: typeof Koffi | undefined;

/** Loaded by who calls the kernel, since it takes milliseconds, and is no part of a snapshot of V8. */
export function koffi(): typeof Koffi {
  loaded ??= load();
  return loaded;
}

/** The addon by itself where npm has put it in reach: koffi's entry takes twice the time to find the same. */
function load(): typeof Koffi {
  const require = createRequire(import.meta.url);
  try {
    return require(`@koromix/koffi-linux-${process.arch}`);
  } catch {
    return require('koffi');
  }
}
