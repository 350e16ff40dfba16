import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
  for (const path of ['var/cache/web', 'run/lock'])
    mkdirSync(join(cli.directory, 'rootfs', path), { recursive: true });
});

afterEach(() => cli.remove());

/** What a user does: record a program once, then put the record into its file. */
async function record(args: readonly string[], ...flags: string[]) {
  const run = await cli.sc('run', '--rm', '--record', 'out.yaml', ...flags, './rootfs', ...args);
  const again = async (words = args) => {
    const file = job('recorded', words, cli.read('out.yaml'));
    const user = flags[flags.indexOf('--user') + 1] ?? 'root';
    cli.write('job.yaml', flags.includes('--user') ? file.replace('{ args', `{ user: ${user}, args`) : file);
    const result = await cli.sc('apply', 'job.yaml');
    await cli.sc('delete', '--all');
    return result;
  };
  return { run, again };
}

const permissive = ['--cap-add', 'ALL', '--security-opt', 'seccomp=unconfined'];

const service = [
  'mkdir -p /var/cache/web/a/b && echo cached > /var/cache/web/a/b/file',
  'echo $$ > /run/web.pid; echo l > /run/lock/web',
  'mkdir -p /tmp/data; echo data > /tmp/data/file; chown 33:33 /tmp/data/file',
  'touch /tmp/gone; rm /tmp/gone',
  'head -c 3 /dev/zero | wc -c; cat /var/cache/web/a/b/file /run/web.pid /tmp/data/file; ls -ln /tmp/data/file | tr -s " " | cut -d" " -f3',
].join('\n');

describe('a program does the same with its record as without', () => {
  test.each([
    ['under the defaults', [], /^$/],
    ['with everything allowed', permissive, /^sc: .* --userns: that of the host, since .*\n$/],
  ])('recorded %s', async (_, flags, remark) => {
    const { run, again } = await record(['sh', '-c', service], ...flags);
    expect(run).toMatchObject({ exitCode: 0, stdout: '3\ncached\n1\ndata\n33\n' });
    expect(run.stderr).toMatch(remark);
    expect(cli.read('out.yaml')).toContain('add: [CAP_CHOWN]');
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });

  test('as another user', async () => {
    const { run, again } = await record(['sh', '-c', 'id -u; echo x > /tmp/f; cat /tmp/f'], '--user', 'user');
    expect(run.stdout).toBe('1000\nx\n');
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });

  test('that mounts', async () => {
    const mounts = [
      'sh',
      '-c',
      'mkdir /m; mount -t tmpfs x /m; echo in > /m/f; cat /m/f; hostname other; hostname',
    ];
    const { run, again } = await record(mounts, ...permissive);
    expect(run.stdout).toBe('in\nother\n');
    expect(cli.read('out.yaml')).toContain('add: [CAP_SYS_ADMIN]');
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });

  test('that runs what it has written, and writes much', async () => {
    const script =
      'cp /bin/busybox /tmp/echo; /tmp/echo ran; dd if=/dev/zero of=/var/cache/web/big bs=1M count=80 2>/dev/null; wc -c < /var/cache/web/big';
    const { run, again } = await record(['sh', '-c', script]);
    expect(run.stdout).toBe('ran\n83886080\n');
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });

  test('that uses one of its devices', async () => {
    const script = 'head -c 3 /dev/letters | wc -c; echo x > /dev/null';
    const flags = ['--device', '/dev/zero:/dev/letters:rw', '--device', '/dev/kmsg'];
    const { run, again } = await record(['sh', '-c', script], ...flags);
    expect(run.stdout).toBe('3\n');
    expect(cli.read('out.yaml')).toContain(
      '  devices:\n    - { path: /dev/letters, source: /dev/zero, access: r }\n',
    );
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });

  test('that has a small init, of which the record knows too', async () => {
    const args = [
      'sh',
      '-c',
      // The one left behind has begun before the program is asked to end, and the program has waited for another.
      ': $( (sh -c "exec >&-; sleep 0.1" &) ); trap "echo asked; exit 3" TERM; sleep 0.05; kill -TERM 1; ' +
        'while :; do sleep 0.05; done',
    ];
    const { run } = await record(args, '--init');
    expect(run).toMatchObject({ exitCode: 3, stdout: 'asked\n', stderr: '' });
    cli.write('job.yaml', `${job('recorded', args, cli.read('out.yaml'))}monitor: { init: true }\n`);
    expect(await cli.sc('apply', 'job.yaml')).toMatchObject({ exitCode: 3, stdout: 'asked\n', stderr: '' });
    await cli.sc('delete', '--all');
  });

  test('that writes where the image has files', async () => {
    const { run, again } = await record([
      'sh',
      '-c',
      'echo new:x:7:7::/:/bin/sh >> /etc/passwd; tail -n 1 /etc/passwd; wc -l < /etc/passwd',
    ]);
    expect(run.stdout).toBe('new:x:7:7::/:/bin/sh\n3\n');
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
  });
});

describe('a program that does more than was recorded is refused', () => {
  test.each([
    ['a capability', 'chown 7 /tmp', /chown.*not permitted/],
    ['a system call', 'touch /tmp/a; ln -s /tmp/a /tmp/b', /ln.*not permitted/],
    ['a socket', 'ip link', /not permitted/],
    ['a place to write to', 'mkdir /var/cache/web/b; mkdir /srv', /mkdir.*[Rr]ead-only/],
  ])('%s', async (_, more, words) => {
    const before = 'mkdir /tmp/d; ls /tmp; chmod 700 /tmp/d';
    const { run, again } = await record(['sh', '-c', before]);
    expect(run.exitCode).toBe(0);
    expect(await again()).toMatchObject({ exitCode: 0, stdout: run.stdout, stderr: '' });
    const { exitCode, stderr } = await again(['sh', '-c', `${before}; ${more}`]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(words);
  });
});
