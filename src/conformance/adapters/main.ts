import { serve } from './serve.ts';

/** The adapters of sc as one program: `main.js sc lxc`, `main.js oci runc`. */
const [kind = '', name = ''] = process.argv.slice(2);

if (kind === 'sc') {
  const { scAdapter } = await import('./sc.ts');
  await serve(scAdapter(name));
} else {
  const { ociAdapter } = await import('./oci.ts');
  await serve(ociAdapter(name));
}
