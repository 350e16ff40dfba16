import { closeSync, openSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

const host = { mode: 'host' } as const;
const joined = { mode: 'container', container: 'other' } as const;
const namespaceOf = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);

/** In each user namespace: one of its own, and that of the host. */
const users = [
  ['a user namespace of its own', {}],
  ["the host's user namespace", usersOfHost],
] as const;

describe.each(users)('in %s', (_, security) => {
  test('a program is executed in the network that the container is in', async () => {
    const running = await launch(['sleep', '1000'], { network: host, security });
    const program = await native.enter(running, ['readlink', '/proc/self/ns/net']);
    expect((await program.outcome()).stdout).toBe(`${namespaceOf('self')}\n`);
    running.handle.kill(9);
    await running.handle.wait();
  });
});

test('root of a user namespace of its own serves no port below 1024 of the machine, and root of the host does', async () => {
  const own = await sh('nc -l -p 81', { network: host });
  expect(own.stderr).toContain('Permission denied');
  const serve = 'nc -l -p 81 -e echo served & until nc 127.0.0.1 81; do sleep 0.02; done';
  const outside = await sh(serve, { network: host, security: usersOfHost });
  expect(outside.stdout).toBe('served\n');
});

test('an error of the way in names the network', async () => {
  const notANamespace = openSync('/dev/null', 'r');
  try {
    await expect(
      run(['true'], { network: joined }, { networkNamespace: notANamespace }),
    ).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringContaining('enter the network of the other container: EINVAL'),
    });
  } finally {
    closeSync(notANamespace);
  }
});
