import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutCodeCache } from '../../scripts/snapshot/code-cache.ts';

const heap = Buffer.from('the heap of a snapshot, in which 200 stands too: \xc8\0\0\0\0\0\0\0', 'latin1');

function length(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(count);
  return bytes;
}

/** As Node writes it: how many modules, and of each its name and its code. */
function codeCache(modules: readonly (readonly [name: string, code: Uint8Array])[]): Buffer {
  const parts = modules.flatMap(([name, code]) => [
    length(name.length),
    Buffer.from(name),
    length(code.length),
    code,
  ]);
  return Buffer.concat([length(modules.length), ...parts]);
}

const someModules = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z/]{1,40}$/), fc.uint8Array({ maxLength: 60 })),
  { minLength: 100, maxLength: 150 },
);

test('of a snapshot all but the code of modules stays, of which there are none then', () => {
  fc.assert(
    fc.property(someModules, (modules) => {
      const snapshot = Buffer.concat([heap, codeCache(modules)]);
      expect(withoutCodeCache(snapshot)).toEqual(Buffer.concat([heap, codeCache([])]));
    }),
  );
});

test('what does not end with the code of modules is no snapshot of this Node.js', () => {
  const cache = codeCache(
    Array.from({ length: 200 }, (_, index) => [`module/${index}`, Buffer.from('code')]),
  );
  for (const ending of [cache.subarray(0, -1), Buffer.concat([cache, Buffer.alloc(1)]), Buffer.alloc(0)])
    expect(() => withoutCodeCache(Buffer.concat([heap, ending]))).toThrow('no code cache');
});
