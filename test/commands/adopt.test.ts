// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a container file look like this.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AdoptResult } from '../../src/schema/operations/adopt.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  const changes = [
    'CMD ["sleep", "1000"]',
    'ENV FROM=image',
    'WORKDIR /tmp',
    'USER user',
    'STOPSIGNAL SIGINT',
  ];
  const more = ['VOLUME /kept', 'LABEL of=image', 'HEALTHCHECK CMD true', 'ENTRYPOINT ["env"]'];
  await cli.sc(
    'image',
    'import',
    './rootfs',
    'app:1',
    ...[...changes, ...more].flatMap((change) => ['--change', change]),
  );
});
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

/** Runs a container, and applies the file that it becomes. */
async function adopted(name: string, ...args: string[]): Promise<string> {
  const { stderr, exitCode } = await cli.sc('run', '-d', '--name', name, ...args);
  expect(exitCode, stderr).toBe(0);
  const before = cli.record((await cli.json<AdoptResult>('adopt', name, '--json')).id);
  const { stdout, ...rest } = await cli.sc('adopt', name);
  expect(rest).toMatchObject({ stderr: '', exitCode: 0 });
  const file = cli.write(`${name}.yaml`, stdout);
  const planned = await cli.sc('plan', file);
  expect({ exitCode: planned.exitCode, stdout: planned.stdout }).toMatchObject({ exitCode: 0 });
  expect((await cli.sc('apply', file)).exitCode).toBe(0);
  expect(cli.record(before.id)).toEqual(before);
  return stdout;
}

describe('a container becomes a file that changes nothing', () => {
  test('with nothing but its program, where all else is the default', async () => {
    expect(await adopted('plain', './rootfs', 'sleep', '1000')).toBe(`# "plain" as it was, by sc adopt.
apiVersion: standard-container/v1
kind: Container
metadata:
  name: plain
image: ${cli.directory}/rootfs
process:
  args:
    - sleep
    - "1000"
`);
  });

  test('with what its image does not say', async () => {
    const text = await adopted('of-image', '-e', 'OWN=${HOME}', '-l', 'own=1', 'app:1');
    expect(text).toContain('image: app:1\n');
    expect(text).toContain('OWN: $${HOME}\n');
    for (const word of ['FROM', 'of: image', 'SIGINT', 'sleep', '/tmp', 'health', '/kept', 'user:'])
      expect(text).not.toContain(word);
    const other = await adopted('not-of-image', '--entrypoint', 'sleep', '--no-healthcheck', 'app:1', '999');
    expect(other).toContain('entrypoint:\n    - sleep\n  args:\n    - "999"\n');
    expect(other).toContain('disable: true\n');
  });

  test('with every flag that it was given', async () => {
    await cli.sc('volume', 'create', 'data');
    const text = await adopted(
      'all',
      ...['-v', 'data:/data:nocopy', '-v', './rootfs:/host:ro', '--tmpfs', '/t:size=1m,mode=700,exec'],
      ...[
        '-m',
        '64m',
        '--cpus',
        '0.5',
        '--pids-limit',
        '100',
        '--ulimit',
        'nofile=100:200',
        '--ulimit',
        'core=0',
      ],
      ...[
        '--cap-drop',
        'ALL',
        '--cap-add',
        'CHOWN',
        '--security-opt',
        'no-new-privileges=false',
        '--read-only',
      ],
      ...[
        '--hostname',
        'there',
        '--add-host',
        'db:192.0.2.1',
        '--dns',
        '192.0.2.2',
        '-u',
        '1000:1000',
        '-w',
        '/tmp',
      ],
      ...[
        '--restart',
        'on-failure:3',
        '--health-cmd',
        'true',
        '--health-interval',
        '1h',
        '--stop-signal',
        'HUP',
      ],
      ...[
        '--stop-timeout',
        '3',
        '--log-opt',
        'max-size=1m',
        '--init',
        '-t',
        '--sysctl',
        'net.ipv4.ip_forward=1',
      ],
      ...['--shm-size', '1m', '--umask', '077', '--timeout', '2h', './rootfs', 'sleep', '1000'],
    );
    for (const line of [
      'memory: 64Mi',
      'soft: 100',
      'core: 0B',
      'volume: data',
      'maxRetries: 3',
      'umask: "0077"',
    ])
      expect(text).toContain(line);
  });
});

test('a published port is said as it was', async () => {
  const ports = ['-p', '5000:80', '-p', '127.0.0.1:6000-6005:90/udp', '-p', '70', '-p', '127.0.0.1::60'];
  const text = await adopted('ports', '--network', 'bridge', ...ports, './rootfs', 'sleep', '1000');
  expect(text).toContain('mode: bridge\n');
  for (const port of ['- 5000:80', '- 127.0.0.1:6000-6005:90/udp', '- "70"', '- 127.0.0.1::60'])
    expect(text).toContain(`${port}\n`);
});

test('sc adopt refuses a Job, and what no file says', async () => {
  await cli.sc('run', '--name', 'job', './rootfs', 'true');
  const job = await cli.sc('adopt', 'job');
  expect(job.stderr).toContain('adopt "job": it is a Job, which runs each time that it is applied');
  await cli.sc('run', '-d', '--rm', '--name', 'passing', './rootfs', 'sleep', '1000');
  const passing = await cli.sc('adopt', 'passing');
  expect(passing.stderr).toContain('adopt "passing": no file says what it is: "removeOnExit" would change');
  expect(passing.exitCode).toBe(1);
});
