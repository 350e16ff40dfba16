import { expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { tryEach } from '../../src/operations/many.ts';
import type { ContainerName } from '../../src/schema/operations/many.ts';
import { validateResult } from '../../src/schema/operations/validate-stop.ts';

const container = (name: string): ContainerName => ({ id: 'a'.repeat(64), name });

async function find(name: string): Promise<ContainerName> {
  if (!name.startsWith('no')) return container(name);
  throw new ScError('SC_NOT_FOUND', `no container "${name}"`, {
    errno: 'ENOENT',
    hint: 'look',
    undo: [new Error('rmdir "/x": EBUSY')],
  });
}

test('each is tried once, in its order, and what failed is told as the schema has it', async () => {
  const result = await tryEach(['a', 'nobody', 'b', 'a', 'nothing'], find);
  expect(result).toEqual({
    containers: [container('a'), container('b')],
    failures: ['nobody', 'nothing'].map((reference) => ({
      reference,
      error: {
        code: 'SC_NOT_FOUND',
        message: `no container "${reference}"`,
        errno: 'ENOENT',
        hint: 'look',
        undo: ['rmdir "/x": EBUSY'],
      },
    })),
  });
  expect(validateResult(result)).toBe(true);
});

test('as many are going on at once as are asked for, and answers keep their order', async () => {
  let going = 0;
  let most = 0;
  const letGo: (() => void)[] = [];
  const answer = tryEach(
    ['a', 'b', 'c', 'd'],
    async (name) => {
      most = Math.max(most, ++going);
      await new Promise<void>((resolve) => letGo.push(resolve));
      going--;
      return name;
    },
    { atOnce: 2 },
  );
  // The later of the two ends first, each time.
  while (letGo.length > 0) {
    letGo.pop()?.();
    await new Promise(setImmediate);
  }
  expect(await answer).toEqual({ containers: ['a', 'b', 'c', 'd'], failures: [] });
  expect(most).toBe(2);
});

test('a fault of sc itself is thrown', async () => {
  const broken = tryEach(['a'], () => Promise.reject(new TypeError('x is not a function')));
  await expect(broken).rejects.toThrow('x is not a function');
});
