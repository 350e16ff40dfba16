import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asOwner, capabilitiesOfThread, fileOwner } from '../../src/linux/credentials.ts';

/** What the kernel says of the main thread, and of the others. */
const thread = (name = 'thread-self') =>
  readFileSync(`/proc/${name}/status`, 'utf8')
    .split('\n')
    .filter((line) => /^(Uid|Gid|Groups|Cap\w+):/.test(line))
    .join('\n');

test('what is made belongs to somebody else, and rights over files stay', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-credentials-'));
  try {
    const [file, secret] = [join(directory, 'file'), join(directory, 'secret')];
    writeFileSync(secret, 'of root', { mode: 0o600 });
    const rights = capabilitiesOfThread();
    const inside = asOwner({ uid: 123_456, gid: 234_567 }, () => {
      writeFileSync(file, '');
      return { text: readFileSync(secret, 'utf8'), rights: capabilitiesOfThread() };
    });
    expect(inside).toEqual({ text: 'of root', rights });
    expect(statSync(file)).toMatchObject({ uid: 123_456, gid: 234_567 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('this thread is itself again afterwards, also after an error and inside of one another', () => {
  const before = thread();
  expect(() =>
    asOwner({ uid: 1000, gid: 1000 }, () => {
      asOwner({ uid: 2000, gid: 2000 }, () => expect(fileOwner()).toEqual({ uid: 2000, gid: 2000 }));
      expect(fileOwner()).toEqual({ uid: 1000, gid: 1000 });
      throw new Error('in the middle');
    }),
  ).toThrow('in the middle');
  expect(thread()).toBe(before);
  expect(fileOwner()).toEqual({ uid: 0, gid: 0 });
});

test('somebody whom nobody can be is refused, and nothing has changed', () => {
  const before = thread();
  expect(() => asOwner({ uid: 2 ** 32 - 1, gid: 1000 }, () => undefined)).toThrow('setfsuid');
  expect(thread()).toBe(before);
});
