import { serve } from './serve.ts';

/** The adapters of sc as one program: `main.js sc lxc`, `main.js oci runc`, `main.js mutant leak-fd`. */
const [kind = '', name = ''] = process.argv.slice(2);

switch (kind) {
  case 'sc': {
    const { scAdapter } = await import('./sc.ts');
    await serve(scAdapter(name));
    break;
  }
  case 'mutant': {
    const { mutantAdapter } = await import('../mutants/mutant-adapter.ts');
    await serve(mutantAdapter(name));
    break;
  }
  case 'engine': {
    const { engineAdapter } = await import('./engine.ts');
    await serve(engineAdapter(name));
    break;
  }
  case 'lxc': {
    const { lxcAdapter } = await import('./lxc.ts');
    await serve(lxcAdapter());
    break;
  }
  default: {
    const { ociAdapter } = await import('./oci.ts');
    await serve(ociAdapter(name));
  }
}
