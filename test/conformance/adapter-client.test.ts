import { afterEach, expect, test } from 'vitest';
import { AdapterClient } from '../../src/conformance/adapter-client.ts';

let client: AdapterClient | undefined;

afterEach(() => client?.close());

function adapter(script: string): AdapterClient {
  client = new AdapterClient(['/bin/sh', '-c', script], { PATH: process.env.PATH });
  return client;
}

test('replies come to whom they belong, in any order', async () => {
  const one = adapter(`read a; read b
    echo '{"id":2,"ok":true,"value":{"is":"second"}}'
    echo '{"id":1,"ok":false,"error":{"kind":"not-found","message":"first"}}'; cat`);
  const replies = await Promise.all([one.call('a', {}, 5000), one.call('b', {}, 5000)]);
  expect(replies).toEqual([
    { id: 1, ok: false, error: { kind: 'not-found', message: 'first' } },
    { id: 2, ok: true, value: { is: 'second' } },
  ]);
});

test.each([
  ['that does not exist', ['/no/such/program'], 'ERROR', 'ENOENT'],
  ['that ends at once', ['/bin/sh', '-c', 'echo ouch >&2; exit 3'], 'CRASH', 'has ended with 3: ouch'],
  ['that is killed', ['/bin/sh', '-c', 'read a; kill -KILL $$'], 'CRASH', 'has ended by SIGKILL'],
  [
    'that answers nonsense',
    ['/bin/sh', '-c', 'read a; echo hello; cat'],
    'CRASH',
    'answers nonsense: "hello"',
  ],
  [
    'that answers what nobody asked',
    ['/bin/sh', '-c', `echo '{"id":9,"ok":true,"value":{}}'; cat`],
    'CRASH',
    'nonsense',
  ],
  ['that answers in another form', ['/bin/sh', '-c', `echo '{"id":1,"ok":"yes"}'; cat`], 'CRASH', 'nonsense'],
  ['that floods', ['/bin/sh', '-c', 'cat /dev/zero'], 'CRASH', 'more than any reply has'],
  ['that hangs', ['/bin/sh', '-c', 'sleep 60'], 'TIMEOUT', '"state" has not been answered within 300 ms'],
])('an adapter %s ends as what it is, and is gone', async (_, argv, state, message) => {
  client = new AdapterClient(argv, { PATH: process.env.PATH });
  const answer = client.call('state', {}, state === 'TIMEOUT' ? 300 : 20_000);
  await expect(answer).rejects.toMatchObject({ state, message: expect.stringContaining(message) });
  expect(client.isAlive).toBe(false);
  // And so does whatever is asked of it later.
  await expect(client.call('state', {}, 1000)).rejects.toMatchObject({ state });
});

test('a description has the form of its schema', async () => {
  const one = adapter(`read a; echo '{"id":1,"ok":true,"value":{"name":"x"}}'; cat`);
  await expect(one.describe(5000)).rejects.toMatchObject({
    state: 'CRASH',
    message: expect.stringContaining('version'),
  });
});
